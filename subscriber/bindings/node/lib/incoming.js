/** @file A message as the program sees it: in its language, with its own words in place of
 * placeholders. */

import { SEVERITIES, STYLES } from './frames.js';
import { choose } from './languages.js';
import { partsAround, remainingTime } from './placeholders.js';

/**
 * @param {any} frame a `message`
 * @param {{session: string, attributes: any}} self
 * @param {number} now by the broker's clock
 * @returns {import('../index.js').IncomingMessage}
 */
export function incomingFrom(frame, { session, attributes }, now) {
    const { text, title } = choose(frame, attributes.locale ?? '');
    const values = { ...attributes, session };
    const textParts = frame.template ? partsAround(text, values) : [text];
    const message = {
        id: frame.id,
        revision: frame.rev,
        seq: frame.seq,
        topic: frame.topic === 'all' ? 'all' : `session/${session}`,
        text: '',
        title: frame.template && title !== undefined
            ? partsAround(title, values).join(remainingTime((frame.countdown_to ?? 0) - frame.sent))
            : title ?? '',
        severity: SEVERITIES[frame.severity],
        style: STYLES[frame.style],
        choices: frame.choices ?? [],
        from: frame.from,
        sent: new Date(frame.sent),
        offScreenAt: dateOf(frame.off_screen_at),
        countdownTo: dateOf(frame.countdown_to),
        late: dateOf(frame.late),
        isReminder: frame.reminder ?? false,
        textParts,
    };
    message.text = textAt(message, new Date(now));
    return message;
}

const dateOf = (time) => time === undefined ? undefined : new Date(time);

/**
 * The text as it is to be shown at `now`, by the broker's clock: with the time that is left.
 * @param {{textParts: string[], countdownTo?: Date}} message
 * @param {Date} now
 */
export function textAt({ textParts, countdownTo }, now) {
    return textParts.join(remainingTime((countdownTo?.getTime() ?? 0) - now.getTime()));
}
