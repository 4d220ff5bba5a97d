/**
 * @file The ticket that a session shows, and when its program is asked for another one. Times are
 * milliseconds of the steady clock.
 */

const ASKED_AGAIN_AFTER_MS = 30_000;
/** Before the old one expires; but not before two thirds of its time are over. */
const ASKED_BEFORE_END_MS = 60_000;

export class TicketHolder {
    /** What to show. @type {string | undefined} */
    ticket;
    #isNeeded;
    /** Infinity: as soon as one is missing. */
    #askAt = Infinity;

    /** @param {boolean} isNeeded the session comes in by tickets alone */
    constructor(isNeeded) {
        this.#isNeeded = isNeeded;
    }

    get isNeeded() {
        return this.#isNeeded;
    }

    /** There is no use in saying hello. */
    get isMissing() {
        return this.#isNeeded && this.ticket === undefined;
    }

    /** When isToAsk() may become true by itself. */
    get nextAsking() {
        return this.#askAt;
    }

    /** The program gives a new one. */
    give(/** @type {string} */ ticket) {
        this.ticket = ticket;
        this.#askAt = Infinity;
    }

    /** It counts for so long still. */
    takeEffect(/** @type {number} */ left, steady) {
        if (!this.#isNeeded) return;
        this.#askAt = steady + Math.max(0, left - Math.min(ASKED_BEFORE_END_MS, left / 3));
    }

    /** The broker does not take it. */
    reject() {
        this.ticket = undefined;
        this.#askAt = Infinity;
    }

    /** True: the program is to be asked now, and not again for a while. */
    isToAsk(steady) {
        const isDue = this.#askAt === Infinity ? this.isMissing : this.#askAt <= steady;
        if (isDue) this.#askAt = steady + ASKED_AGAIN_AFTER_MS;
        return isDue;
    }
}
