/** @file Which endpoint next, and after what pause. */

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;
const BETWEEN_ENDPOINTS_MS = 100;
const COME_BACK_AFTER_MAX_MS = 10 * 60_000;

export class BackOff {
    /** Index of the endpoint to try. */
    endpoint = 0;
    #failures = 0;
    #count;
    #random;

    /**
     * @param {number} count of endpoints
     * @param {() => number} random from 0 to 1
     */
    constructor(count, random) {
        this.#count = count;
        this.#random = random;
    }

    /** Milliseconds to wait after an attempt that came to nothing; the pauses grow by the round. */
    afterFailure() {
        this.#failures += 1;
        this.endpoint = (this.endpoint + 1) % this.#count;
        if (this.#failures % this.#count !== 0) return this.#upTo(BETWEEN_ENDPOINTS_MS);
        const round = Math.min(this.#failures / this.#count - 1, 16);
        const pause = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** round);
        return pause / 2 + this.#upTo(pause / 2);
    }

    /** The same after a connection that was welcomed: all clients of a broker lose it at once. */
    afterLoss() {
        this.#failures = 0;
        this.endpoint = 0;
        return this.#upTo(PAUSE_MIN_MS);
    }

    /** The same after a broker that said when to come back. */
    afterGoodbye(/** @type {number} */ comeBackAfter) {
        return Math.min(comeBackAfter, COME_BACK_AFTER_MAX_MS) + this.afterLoss();
    }

    #upTo(most) {
        return this.#random() * most;
    }
}
