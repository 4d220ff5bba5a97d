/**
 * @file Where to connect next, and after what pause (PROTOCOL.md, "Coming back").
 *
 *     a run begins             the invitation's endpoints in order
 *     a connection has ended   the other brokers, by chance and weight, then the rest of the
 *                              invitation, and the endpoint it came from last
 *     the broker was alone     as when a run begins, then who was named before
 *
 * Each endpoint is tried once, with short pauses; then comes a longer one that doubles from round
 * to round.
 */

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;
const BETWEEN_ENDPOINTS_MS = 100;
const COME_BACK_AFTER_MAX_MS = 10 * 60_000;

/** @typedef {{endpoints: string[], weight: number}} Place */

export class WayBack {
    /** Of the attempt that is next, or runs. @type {string} */
    endpoint;
    #invited;
    #random;
    /** In this round, without `endpoint`. */
    #tried = new Set();
    #failedRounds = 0;
    /** Of the last welcome that named any. @type {Place[]} */
    #others = [];
    /** The last welcome named others. */
    #goesElsewhere = false;
    /** Who welcomed last. @type {string | undefined} */
    #cameFrom;

    /**
     * @param {string[]} endpoints of the invitation, at least one
     * @param {() => number} random from 0 to below 1
     */
    constructor(endpoints, random) {
        this.#invited = endpoints;
        this.#random = random;
        this.endpoint = endpoints[0];
    }

    /** The broker at `endpoint` welcomed, and named these; one that is alone names none. */
    onWelcome(/** @type {Place[]} */ others) {
        this.#cameFrom = this.endpoint;
        this.#goesElsewhere = others.length > 0;
        if (this.#goesElsewhere) this.#others = others;
    }

    // ---- After what pause: milliseconds before the next attempt

    /** An attempt came to nothing. */
    afterFailure() {
        this.#tried.add(this.endpoint);
        const next = this.#nextUntried();
        if (next !== undefined) {
            this.endpoint = next;
            return this.#upTo(BETWEEN_ENDPOINTS_MS);
        }
        this.#beginRound();
        const pause = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(this.#failedRounds, 16));
        this.#failedRounds += 1;
        return pause / 2 + this.#upTo(pause / 2);
    }

    /** A connection that was welcomed has ended: all clients of a broker lose it at once. */
    afterLoss() {
        this.#failedRounds = 0;
        this.#beginRound();
        return this.#upTo(PAUSE_MIN_MS);
    }

    /**
     * A broker said when to come back. Who knows no other comes back to it, not before that time;
     * the rest spread over the others within it.
     */
    afterGoodbye(/** @type {number} */ comeBackAfter) {
        const named = Math.min(comeBackAfter, COME_BACK_AFTER_MAX_MS);
        this.#failedRounds = 0;
        if (!this.#goesElsewhere) {
            this.#tried.clear();
            return named + this.#upTo(PAUSE_MIN_MS);
        }
        this.#beginRound();
        return this.#upTo(named);
    }

    // ---- Where

    #beginRound() {
        this.#tried.clear();
        this.endpoint = this.#nextUntried() ?? this.#invited[0];
    }

    #nextUntried() {
        const isLast = (endpoint) => this.#goesElsewhere && endpoint === this.#cameFrom;
        const invited = this.#invited.find((one) => !isLast(one) && !this.#tried.has(one));
        const other = this.#goesElsewhere ? this.#untriedOther() : undefined;
        const next = other ?? invited ?? this.#untriedOther();
        if (next !== undefined) return next;
        return this.#tried.has(this.#cameFrom) ? undefined : this.#cameFrom;
    }

    /** Of two places the one with twice the weight is drawn twice as often. */
    #untriedOther() {
        const untried = this.#others.flatMap(({ endpoints, weight }) => {
            const endpoint = endpoints.find(
                (one) => one !== this.#cameFrom && !this.#tried.has(one));
            return endpoint === undefined ? [] : [{ endpoint, weight }];
        });
        let left = this.#random() * untried.reduce((sum, { weight }) => sum + weight, 0);
        return untried.find(({ weight }) => (left -= weight) < 0)?.endpoint;
    }

    #upTo(most) {
        return this.#random() * most;
    }
}
