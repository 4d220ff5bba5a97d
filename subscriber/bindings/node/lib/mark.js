/** @file How far one revision of a message has come here, and what the broker is told of it. */

import { STATE } from './frames.js';

/** From which states each may come; besides, another answer may follow an answer. */
const AFTER = {
    [STATE.suppressed]: [STATE.delivered, STATE.failed],
    [STATE.displayed]: [STATE.delivered, STATE.suppressed, STATE.failed],
    [STATE.failed]: [STATE.delivered, STATE.suppressed],
    [STATE.acknowledged]: [STATE.delivered, STATE.suppressed, STATE.displayed, STATE.failed],
    [STATE.answered]: [STATE.delivered, STATE.suppressed, STATE.displayed, STATE.failed,
        STATE.acknowledged, STATE.answered],
};
const SEEN = [STATE.displayed, STATE.acknowledged, STATE.answered];

export class Mark {
    /**
     * @param {number} rev
     * @param {number} at when it came, by the broker's clock
     */
    constructor(rev, at) {
        this.rev = rev;
        this.state = STATE.delivered;
        this.at = at;
        /** When it came on the screen. @type {number | undefined} */
        this.shown = undefined;
        /** When it left the screen. @type {number | undefined} */
        this.gone = undefined;
    }

    get isOnScreen() {
        return this.shown !== undefined && this.gone === undefined;
    }

    /**
     * @param {number} state
     * @param {number} now by the broker's clock
     * @param {{cause?: string, answer?: number, digest?: true}} said
     * @param {boolean} canBeSeen the program has it still: what was seen is on the screen
     * @returns {boolean} whether anything has changed
     */
    reach(state, now, { cause, answer, digest }, canBeSeen) {
        const isAgain = state === this.state && answer === this.answer;
        if (isAgain || !AFTER[state].includes(this.state)) return false;
        // Brokers go by the time which answer is the newest, and another one's clock may be behind.
        this.at = this.state === STATE.answered ? Math.max(now, this.at + 1) : now;
        this.state = state;
        this.cause = cause;
        this.answer = answer;
        this.digest ??= digest;
        if (canBeSeen && SEEN.includes(state)) this.shown ??= now;
        return true;
    }

    /** @returns {boolean} whether it was on the screen */
    leave(/** @type {number} */ now) {
        if (!this.isOnScreen) return false;
        this.gone = now;
        return true;
    }

    /** All keys of a receipt but `ids`; those that are undefined are not sent. */
    receipt() {
        const isSaidByAt = this.state === STATE.displayed && this.shown === this.at;
        return {
            rev: this.rev, state: this.state, at: this.at, cause: this.cause,
            removed: this.gone === undefined ? undefined : true, answer: this.answer,
            shown: isSaidByAt ? undefined : this.shown, gone: this.gone, digest: this.digest,
        };
    }
}
