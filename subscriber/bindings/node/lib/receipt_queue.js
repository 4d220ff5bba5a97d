/**
 * @file Which receipts go into the next frame, and when it is due.
 *
 * What became of a revision is one receipt, which replaces what was said of it before; it stays
 * until a heartbeat has confirmed the frame that it was in, and goes into the first frame of the
 * next connection if none has.
 */

/** So long receipts wait for one another. */
export const DELAY_MS = 10;
/** So many do not wait. */
const AT_ONCE = 64;
/** With the longest causes too, so many fit into a frame of 64 KiB. */
const IN_A_FRAME_MAX = 256;

export class ReceiptQueue {
    /** @type {Map<string, {id: string, receipt: any, sentIn: number}>} by id and revision */
    #all = new Map();
    #number = 0;
    #pending = 0;
    #dueAt = Infinity;

    /** @param {{rev: number}} receipt all keys but `ids` */
    put(/** @type {string} */ id, receipt, /** @type {number} */ now) {
        const key = `${id}/${receipt.rev}`;
        const before = this.#all.get(key);
        if (!before || before.sentIn !== 0) this.#pending += 1;
        this.#all.set(key, { id, receipt, sentIn: 0 });
        this.#dueAt = Math.min(this.#dueAt, this.#pending >= AT_ONCE ? now : now + DELAY_MS);
    }

    /** Begins anew: what is not confirmed is due at once. */
    onWelcome(/** @type {number} */ now) {
        this.#number = 0;
        for (const one of this.#all.values()) one.sentIn = 0;
        this.#pending = this.#all.size;
        this.#dueAt = this.#pending > 0 ? now : Infinity;
    }

    onConfirmed(/** @type {number} */ number) {
        for (const [key, one] of this.#all) {
            if (one.sentIn !== 0 && one.sentIn <= number) this.#all.delete(key);
        }
    }

    /** Steady time of the next frame; Infinity if there is nothing to say. */
    get dueAt() {
        return this.#dueAt;
    }

    /** Whether all that was said of the revision is confirmed. */
    isConfirmed(/** @type {string} */ id, /** @type {number} */ revision) {
        return !this.#all.has(`${id}/${revision}`);
    }

    /** The frames for all that is due. */
    take() {
        const frames = [];
        let elements = new Map();
        let count = 0;
        const finish = () => {
            if (count === 0) return;
            frames.push({ t: 'receipts', n: this.#number, list: [...elements.values()] });
            elements = new Map();
            count = 0;
        };
        for (const one of this.#all.values()) {
            if (one.sentIn !== 0) continue;
            if (count === 0) this.#number += 1;
            one.sentIn = this.#number;
            const same = JSON.stringify(one.receipt);
            if (!elements.has(same)) elements.set(same, { ids: [], ...one.receipt });
            elements.get(same).ids.push(one.id);
            if (++count === IN_A_FRAME_MAX) finish();
        }
        finish();
        this.#pending = 0;
        this.#dueAt = Infinity;
        return frames;
    }
}
