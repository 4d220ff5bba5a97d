/** @file The broker's clock, as far as it is known here. All times in milliseconds. */

/** A difference of more than this is no drift, and is believed at once. */
const STEP_MS = 1_000;
/** How much of a smaller one each heartbeat takes away. */
const SLEW = 0.25;

export class BrokerClock {
    #ahead;
    #newest = 0;

    /**
     * @param {number} steady a clock that only goes forward
     * @param {number} utc this machine's clock at that moment: believed until a broker says more
     */
    constructor(steady, utc) {
        this.#ahead = utc - steady;
    }

    /** The time at `steady`; it does not go back, but after a welcome. */
    at(/** @type {number} */ steady) {
        this.#newest = Math.max(this.#newest, Math.round(this.#ahead + steady));
        return this.#newest;
    }

    onWelcome(/** @type {number} */ time, /** @type {number} */ steady) {
        this.#ahead = time - steady;
        this.#newest = 0;
    }

    onHeartbeat(/** @type {number | undefined} */ time, /** @type {number} */ steady) {
        if (time === undefined) return;
        const off = time - steady - this.#ahead;
        if (Math.abs(off) > STEP_MS) this.onWelcome(time, steady);
        else this.#ahead += off * SLEW;
    }

    /** When the steady clock will show what the broker's shows at `time`. */
    steadyAt(/** @type {number} */ time) {
        return time - this.#ahead;
    }
}
