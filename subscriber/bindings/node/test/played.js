// A session core with a broker, a screen and a clock that the test plays.

import assert from 'node:assert/strict';

import { decodeFromSession, encodeToSession, STATE } from '../lib/frames.js';
import { SessionCore } from '../lib/session_core.js';

export const SESSION = '00112233445566778899aabbccddeeff';
export const MESSAGE = 'a0000000000000000000000000000001';
export const OTHER = 'b0000000000000000000000000000002';
/** What the broker's clock shows when the steady one shows 0. */
export const EPOCH = 1_700_000_000_000;
export const HEARTBEAT = 5_000;

export class Played {
    now = 0;
    told = [];
    sent = [];
    opened = [];
    closes = 0;

    /** `ticket`: one that is given before the start. */
    constructor({ ticket, ...options } = {}) {
        this.core = new SessionCore({
            session: SESSION, proof: Buffer.alloc(32, 7), endpoints: ['tcp://one:1'],
            attributes: { user: 'Vanessa' }, presence: 'active', random: () => 0.5, steady: 0,
            utc: EPOCH - 60_000, ...options,
        });
        if (ticket !== undefined) this.do(this.core.ticketGiven(ticket, 0));
        this.do(this.core.start(0));
    }

    do(effects) {
        for (const effect of effects) {
            if (effect.do === 'tell') this.told.push([effect.event, effect.about]);
            if (effect.do === 'send') this.sent.push(decodeFromSession(effect.bytes));
            if (effect.do === 'open') this.opened.push({ endpoint: effect.endpoint, at: this.now });
            if (effect.do === 'close') this.closes += 1;
        }
    }

    receive(frame) {
        this.do(this.core.received(encodeToSession(frame), this.now));
    }

    welcome(more = {}) {
        this.receive({
            t: 'welcome', version: 1, features: [], session: SESSION, opened: EPOCH,
            resume: Buffer.from('token'), time: EPOCH + this.now, heartbeat: HEARTBEAT,
            broker: 'crierd 1', ...more,
        });
        return this;
    }

    message(more = {}) {
        const frame = {
            t: 'message', id: MESSAGE, rev: 1, seq: 1, topic: 'all', text: 'Bonjour', severity: 0,
            style: 0, from: 'operator', sent: EPOCH, deliver_until: EPOCH + 300_000, ...more,
        };
        this.receive(frame);
        return { id: frame.id, revision: frame.rev };
    }

    report(message, state, said = {}) {
        this.do(this.core.reported(message, STATE[state], said, this.now));
    }

    /** Lets time pass, and wakes the core whenever it wants to be woken. */
    until(time) {
        while (this.core.deadline <= time) {
            const next = Math.max(this.now, Math.ceil(this.core.deadline));
            assert.ok(next > this.now || this.core.deadline > this.last, 'it wakes for nothing');
            this.last = this.core.deadline;
            this.now = next;
            this.do(this.core.timePassed(this.now));
        }
        this.now = time;
        return this;
    }

    pass(duration) {
        return this.until(this.now + duration);
    }

    /** And what has been told so far, as [event, about]. */
    events(name) {
        return this.told.filter(([event]) => event === name).map(([, about]) => about);
    }

    frames(name) {
        return this.sent.filter((frame) => frame.t === name);
    }

    /** What the last frame of receipts says. */
    get lastReceipts() {
        return this.frames('receipts').at(-1).list;
    }

    last = -1;
}
