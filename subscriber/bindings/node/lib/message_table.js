/**
 * @file The messages that are known here: shown once, reported until confirmed, forgotten in time.
 * Knows no socket, no timer and no clock; `now` is always {steady, broker}, both in milliseconds.
 */

import { CrierError } from './errors.js';
import { LIMIT, REMOVAL_CAUSES, STATE, URGENCIES } from './frames.js';
import { incomingFrom } from './incoming.js';
import { Mark } from './mark.js';

/** A message that is over is remembered so long, should a copy still be on its way. */
const REMEMBERED_AFTER_END_MS = 60_000;
const MESSAGES_MAX = 4_096;

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {number} seq
 * @property {Mark} mark of the newest revision
 * @property {Mark | undefined} standing an older revision that the screen shows until the newest
 *     is shown
 * @property {boolean} isWithProgram on the screen, or with whoever is about to show it
 * @property {number} choices how many it offers
 * @property {number} deliverUntil
 * @property {number | undefined} offScreenAt
 * @property {{after: number, urgency: number}[]} steps of escalation that are still to come
 * @property {number | undefined} shownSteady when the newest revision was displayed
 */

export class MessageTable {
    /** @type {Map<string, Entry>} */
    #entries = new Map();
    #self;
    #receipts;
    #tell;

    /**
     * @param {{session: string, attributes: any}} self
     * @param {import('./receipt_queue.js').ReceiptQueue} receipts
     * @param {(event: string, about: any) => void} tell
     */
    constructor(self, receipts, tell) {
        this.#self = self;
        this.#receipts = receipts;
        this.#tell = tell;
    }

    onMessage(frame, now) {
        const before = this.#entries.get(frame.id);
        if (before && frame.rev <= before.mark.rev) return this.#queue(before, now);
        if (!before) this.#makeRoom(now);
        const mark = new Mark(frame.rev, now.broker);
        const entry = {
            id: frame.id, seq: frame.seq, mark,
            standing: before?.mark.isOnScreen ? before.mark : before?.standing,
            isWithProgram: before?.isWithProgram ?? false, choices: frame.choices?.length ?? 0,
            deliverUntil: frame.deliver_until, offScreenAt: frame.off_screen_at,
            steps: [...frame.escalation ?? []], shownSteady: undefined,
        };
        this.#entries.set(frame.id, entry);
        this.#queue(entry, now);
        this.#handOver(entry, frame, now);
    }

    /** Gives it to the program, unless it comes too late for that. */
    #handOver(entry, frame, now) {
        if (entry.offScreenAt !== undefined && entry.offScreenAt <= now.broker) {
            return this.#takeOff(entry, 'expired', now);
        }
        if (!entry.isWithProgram && entry.deliverUntil < now.broker) return;
        const event = entry.isWithProgram ? 'changed' : 'message';
        entry.isWithProgram = true;
        this.#tell(event, incomingFrom(frame, this.#self, now.broker));
    }

    onRemove(frame, now) {
        const entry = this.#entries.get(frame.id);
        if (entry) this.#takeOff(entry, REMOVAL_CAUSES[frame.cause], now);
    }

    #takeOff(entry, cause, now) {
        if (!entry.isWithProgram) return;
        entry.isWithProgram = false;
        this.#leaveScreen(entry, now);
        this.#tell('removed', { id: entry.id, cause });
    }

    #leaveScreen(entry, now) {
        if (entry.mark.leave(now.broker)) this.#queue(entry, now);
        this.#leaveStanding(entry, now);
    }

    #leaveStanding(entry, now) {
        if (entry.standing?.leave(now.broker)) {
            this.#receipts.put(entry.id, entry.standing.receipt(), now.steady);
        }
        entry.standing = undefined;
    }

    /**
     * What the program says of a message; what does not fit is ignored.
     * @param {{id: string, revision: number}} message
     */
    onReported({ id, revision }, state, said, now) {
        const entry = this.#entries.get(id);
        if (!entry || entry.mark.rev !== revision) return;
        const needsScreen = state === STATE.displayed || state === STATE.suppressed;
        if (needsScreen && !entry.isWithProgram) return;
        if (said.answer !== undefined && said.answer >= entry.choices) return;
        if (!entry.mark.reach(state, now.broker, said, entry.isWithProgram)) return;
        if (entry.mark.shown !== undefined) {
            entry.standing = undefined;
            entry.shownSteady ??= now.steady;
        }
        this.#queue(entry, now);
    }

    /** The program took it off the screen. */
    onRemovedByProgram({ id, revision }, now) {
        const entry = this.#entries.get(id);
        if (!entry) return;
        if (entry.standing?.rev === revision) return this.#leaveStanding(entry, now);
        if (entry.mark.rev !== revision || !entry.isWithProgram) return;
        entry.isWithProgram = false;
        this.#leaveScreen(entry, now);
    }

    /** Whether the program still has it, and nothing was reported of it. */
    isUntouched({ id, revision }) {
        const entry = this.#entries.get(id);
        return entry?.mark.rev === revision && entry.isWithProgram &&
            entry.mark.state === STATE.delivered;
    }

    /** What has come by now: ends of messages, and steps of escalation. */
    onTime(now) {
        for (const entry of this.#entries.values()) {
            if (!entry.isWithProgram) continue;
            if (entry.offScreenAt !== undefined && entry.offScreenAt <= now.broker) {
                this.#takeOff(entry, 'expired', now);
            } else if (entry.mark.state === STATE.displayed) {
                this.#escalate(entry, now);
            }
        }
    }

    #escalate(entry, now) {
        const waited = now.steady - entry.shownSteady;
        const due = entry.steps.filter((step) => step.after <= waited);
        if (due.length === 0) return;
        entry.steps = entry.steps.slice(due.length);
        const urgency = URGENCIES[due.at(-1).urgency];
        this.#tell('escalated', { id: entry.id, revision: entry.mark.rev, urgency });
    }

    /**
     * Steady time at which onTime() has next to do; Infinity if never.
     * @param {(broker: number) => number} steadyAt
     */
    deadline(steadyAt) {
        let next = Infinity;
        for (const entry of this.#entries.values()) {
            if (!entry.isWithProgram) continue;
            if (entry.offScreenAt !== undefined) next = Math.min(next, steadyAt(entry.offScreenAt));
            if (entry.mark.state === STATE.displayed && entry.steps.length > 0) {
                next = Math.min(next, entry.shownSteady + entry.steps[0].after);
            }
        }
        return next;
    }

    /** For a hello: first what is on the screen, which only the broker can take off; then the
     * newest. */
    known() {
        return [...this.#entries.values()]
            .sort((left, right) => Number(right.isWithProgram) - Number(left.isWithProgram) ||
                right.seq - left.seq)
            .slice(0, LIMIT.known)
            .map(({ id, mark, isWithProgram }) => (
                { id, rev: mark.rev, state: mark.state, on: isWithProgram }));
    }

    /** Drops what cannot come again and of which nothing is to be said any more. */
    forget(now) {
        for (const [id, entry] of this.#entries) {
            const end = Math.max(entry.deliverUntil, entry.mark.at) + REMEMBERED_AFTER_END_MS;
            if (end < now.broker && this.#isDone(entry)) this.#entries.delete(id);
        }
    }

    #isDone(entry) {
        return !entry.isWithProgram && this.#receipts.isConfirmed(entry.id, entry.mark.rev);
    }

    #makeRoom(now) {
        if (this.#entries.size < MESSAGES_MAX) return;
        this.forget(now);
        const oldest = [...this.#entries.values()].find((entry) => this.#isDone(entry));
        if (this.#entries.size < MESSAGES_MAX) return;
        if (!oldest) {
            throw new CrierError('limit_exceeded',
                `the broker keeps more than ${MESSAGES_MAX} messages alive`);
        }
        this.#entries.delete(oldest.id);
    }

    #queue(entry, now) {
        this.#receipts.put(entry.id, entry.mark.receipt(), now.steady);
    }
}
