/** @file The frames of the session link (PROTOCOL.md, 2.1 to 2.3), both ways. */

import { CrierError } from './errors.js';
import {
    bin, bool, id, INT_MAX, line, list, map, ms, oneOf, optional, pair, text, uint,
} from './fields.js';
import { unpack, Writer } from './messagepack.js';
import { pieces } from './placeholders.js';

export const VERSION = 1;
export const STATE = {
    delivered: 1, suppressed: 2, displayed: 3, acknowledged: 4, answered: 5, failed: 6,
};
export const PRESENCE = { active: 0, locked: 1 };
export const SEVERITIES = ['info', 'warning', 'critical'];
export const STYLES = ['notification', 'alert'];
export const URGENCIES = { 1: 'alert', 2: 'sound' };
export const REMOVAL_CAUSES = ['expired', 'recalled', 'acknowledged', 'closed'];
export const LIMIT = { attribute: 256, groups: 32, cause: 160, known: 1_000, ticket: 4_096 };

const UINT32_MAX = 2 ** 32 - 1;
const LIFETIME_MAX = 366 * 24 * 3_600_000;
const TEXTS_BYTES_MAX = 32_768;
const SEALED_BYTES = { min: 49, max: 36_864 };

// ---- What a message says

const words = { code: 'text_invalid' };
const aText = text(16_384, { ...words, min: 1 });
const aTitle = line(200, words);
const revision = uint(UINT32_MAX, 1);

const content = {
    text: aText,
    title: optional(aTitle),
    severity: uint(2),
    style: uint(1),
    language: optional(line(35, words)),
    texts: optional(list(map({
        language: line(35, { ...words, min: 1 }), text: aText, title: optional(aTitle),
    }), 32)),
    template: optional(bool),
    countdown_to: optional(ms),
    escalation: optional(list(map({ after: uint(LIFETIME_MAX, 1), urgency: uint(2, 1) }), 8)),
    private: optional(bool),
    choices: optional(list(line(80, { ...words, min: 1 }), 9)),
};

const invalid = (detail) => { throw new CrierError('text_invalid', detail); };
const malformed = (detail) => { throw new CrierError('malformed_frame', detail); };

function checkContent(message) {
    const all = [message, ...message.texts ?? []];
    const said = all.flatMap((one) => [one.text, one.title ?? '']);
    const size = said.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
    if (size > TEXTS_BYTES_MAX) {
        throw new CrierError('limit_exceeded', `more than ${TEXTS_BYTES_MAX} bytes of text`);
    }
    if (message.template) {
        for (const one of said) pieces(one, message.countdown_to !== undefined);
    }
    for (const [index, step] of (message.escalation ?? []).entries()) {
        const before = message.escalation[index - 1];
        if (before && (step.after <= before.after || step.urgency <= before.urgency)) {
            invalid('.escalation: a step that is not later and more urgent than the one before');
        }
    }
    const choices = message.choices ?? [];
    if (choices.length === 1) invalid('.choices: only one');
    if (choices.some((choice) => /^\p{White_Space}*$/u.test(choice))) invalid('a blank choice');
    if (new Set(choices).size !== choices.length) invalid('a choice that is there twice');
}

/** Nothing is opened here: the hello does not say that it could be, so none should come. */
function checkSealed({ private: isPrivate, sealed }) {
    if (sealed !== undefined && !isPrivate) malformed('.sealed: the message is not private');
    if (sealed === undefined && isPrivate) malformed('.sealed: missing');
    if (sealed !== undefined && sealed.length > SEALED_BYTES.max) {
        throw new CrierError('limit_exceeded', `.sealed: more than ${SEALED_BYTES.max} bytes`);
    }
}

// ---- Frames

const heartbeat = { time: optional(ms), confirmed: optional(uint()) };
const goodbye = { reason: optional(line(200)), come_back_after: optional(ms) };

const attribute = optional(line(LIMIT.attribute, { code: 'attribute_invalid' }));
const attributes = map({
    persistent_id: attribute, user: attribute, system_user: attribute, machine: attribute,
    host_type: attribute, application: attribute, type: attribute, locale: attribute,
    groups: optional(list(line(LIMIT.attribute, { code: 'attribute_invalid' }), LIMIT.groups)),
});

function checkReceipt(receipt) {
    const isAnswer = receipt.state === STATE.answered;
    if (receipt.answer !== undefined && !isAnswer) malformed('.answer: without state answered');
    if (receipt.gone !== undefined && !receipt.removed) malformed('.gone: without removed');
}

function checkReceipts(frame) {
    const count = frame.list.reduce((sum, one) => sum + one.ids.length, 0);
    if (count > 256) throw new CrierError('limit_exceeded', '.list: more than 256 ids');
}

const checkVersions = (frame) => frame.versions[0] <= frame.versions[1] ||
    malformed('.versions: the wrong way round');

const message = map({
    t: oneOf('message'), id, rev: revision, seq: uint(), topic: oneOf('all', 'session'),
    ...content,
    from: line(64), sent: ms, deliver_until: ms, off_screen_at: optional(ms),
    late: optional(ms), reminder: optional(bool),
    sealed: optional(bin(SEALED_BYTES.min, Infinity)),
}, (message) => {
    checkContent(message);
    checkSealed(message);
});

/** @param {Record<string, import('./fields.js').Type>} fields */
const frame = (name, fields, check) => map({ t: oneOf(name), ...fields }, check);

const FROM_SESSION = {
    hello: frame('hello', {
        versions: pair(uint(65_535, 1)), features: optional(list(uint(UINT32_MAX), 64)),
        key: optional(bin(32)), proof: optional(bin(32)), resume: optional(bin(1, 256)),
        ticket: optional(line(LIMIT.ticket)), attributes, state: optional(uint(1)),
        known: optional(list(map({
            id, rev: revision, state: uint(6, 1), on: bool,
        }), LIMIT.known)),
    }, checkVersions),
    receipts: frame('receipts', {
        n: uint(INT_MAX, 1),
        list: list(map({
            ids: list(id, 256, 1), rev: revision, state: uint(6, 1), at: optional(ms),
            cause: optional(line(LIMIT.cause)), again: optional(bool), removed: optional(bool),
            answer: optional(uint(8)), shown: optional(ms), gone: optional(ms),
            digest: optional(bool),
        }, checkReceipt), 256, 1),
    }, checkReceipts),
    state: frame('state', { state: uint(1) }),
    ticket: frame('ticket', { ticket: line(LIMIT.ticket) }),
    heartbeat: frame('heartbeat', heartbeat),
    goodbye: frame('goodbye', goodbye),
};

const TO_SESSION = {
    welcome: frame('welcome', {
        version: uint(65_535, 1), features: list(uint(UINT32_MAX), 64), session: id, opened: ms,
        resume: bin(1, 256), time: ms, heartbeat: uint(600_000, 100), broker: line(64),
        others: optional(list(map({
            endpoints: list(line(256), 8, 1), weight: uint(1_000_000, 1),
        }), 64)),
        ticket_expires: optional(ms),
    }),
    message,
    bundle: frame('bundle', { list: list(message, 128, 1) }),
    remove: frame('remove', { id, cause: uint(3) }),
    ticket: frame('ticket', { expires: ms }),
    refused: frame('refused', {
        request: optional(uint()), code: uint(65_535), detail: text(2_048),
        unknown: optional(list(id, 1_000)), position: optional(uint(UINT32_MAX)),
    }),
    heartbeat: frame('heartbeat', heartbeat),
    goodbye: frame('goodbye', goodbye),
};

function decode(frames, bytes) {
    const node = unpack(bytes);
    const t = node.kind === 'map' ? node.value.get('t') : undefined;
    if (t?.kind !== 'str') throw new CrierError('malformed_frame', 'no map with a str t');
    const name = t.value.toString('latin1');
    if (!Object.hasOwn(frames, name)) {
        throw new CrierError('malformed_frame', 't: of no known type');
    }
    try {
        return frames[name].read(node);
    } catch (error) {
        if (error instanceof CrierError) error.message = name + error.message;
        throw error;
    }
}

function encode(frames, frame) {
    const writer = new Writer();
    frames[frame.t].write(writer, frame);
    return writer.bytes();
}

/** What a session sends. */
export const encodeFromSession = (frame) => encode(FROM_SESSION, frame);
/** What a session is sent. Throws CrierError. */
export const decodeToSession = (bytes) => decode(TO_SESSION, bytes);

// The other way, for those who play the broker.
export const decodeFromSession = (bytes) => decode(FROM_SESSION, bytes);
export const encodeToSession = (frame) => encode(TO_SESSION, frame);

/** Refuses attributes that a broker would refuse. */
export function checkAttributes(said) {
    const writer = new Writer();
    try {
        attributes.write(writer, said);
    } catch {
        throw new CrierError('attribute_invalid', 'an attribute that is no string');
    }
    return attributes.read(unpack(writer.bytes()));
}
