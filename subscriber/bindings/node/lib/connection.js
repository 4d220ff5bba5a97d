/**
 * @file One connection to a broker, from its beginning to its end (PROTOCOL.md, section 1): a
 * DEALER that never connects again by itself.
 */

import { setImmediate, setTimeout } from 'node:timers/promises';
import { Dealer } from 'zeromq';

import { CrierError } from './errors.js';
import { z85 } from './identity.js';

const NEVER_MS = 3_600_000;
const FRAME_BYTES_MAX = 65_536;

export class Connection {
    #socket;
    #sent = Promise.resolve();
    #isClosed = false;
    #isEnding = false;
    #onFrame;
    #onEnd;

    /**
     * @param {string} endpoint
     * @param {{serverKey?: Buffer, publicKey: Buffer, secretKey: Buffer}} keys without a server key
     *     there is no CURVE
     * @param {(frame: Buffer) => void} onFrame
     * @param {(error: CrierError) => void} onEnd once, after all that came; not after close()
     */
    constructor(endpoint, { serverKey, publicKey, secretKey }, onFrame, onEnd) {
        this.#onFrame = onFrame;
        this.#onEnd = onEnd;
        this.#socket = new Dealer({
            reconnectInterval: NEVER_MS, maxMessageSize: FRAME_BYTES_MAX, linger: 0,
            ...serverKey && {
                curveServerKey: z85(serverKey), curvePublicKey: z85(publicKey),
                curveSecretKey: z85(secretKey),
            },
        });
        this.#watch();
        try {
            this.#socket.connect(endpoint);
        } catch (error) {
            this.#end(new CrierError('host_unknown', `${endpoint}: ${error.message}`));
            return;
        }
        this.#receive();
    }

    send(/** @type {Buffer} */ frame) {
        // ZeroMQ takes one at a time, and a socket that was closed takes none.
        this.#sent = this.#sent.then(() => this.#socket.send(frame)).catch(() => {});
    }

    /** What was sent goes out for so long; returns when it has been given to ZeroMQ. */
    async close(/** @type {number} */ linger) {
        if (this.#isClosed) return;
        this.#isClosed = true;
        if (linger > 0) {
            await Promise.race([this.#sent, setTimeout(linger, undefined, { ref: false })]);
        }
        this.#socket.linger = linger;
        this.#socket.close();
    }

    async #receive() {
        try {
            for await (const parts of this.#socket) {
                if (this.#isClosed) return;
                // More than one part is no frame; what is empty is refused by whoever reads it.
                this.#onFrame(parts.length === 1 ? parts[0] : Buffer.alloc(0));
            }
        } catch (error) {
            this.#end(new CrierError('broker_unreachable', error.message));
        }
    }

    #watch() {
        const { events } = this.#socket;
        const ends = (event, code, detail) => events.on(event, ({ error, address }) =>
            this.#end(new CrierError(code, `${address}: ${error ? error.message : detail}`)));
        ends('handshake:error:auth', 'not_admitted', 'the broker does not know this key');
        ends('handshake:error:protocol', 'server_key_wrong', 'it does not speak CURVE as we do');
        // This end of CURVE learns no more than that the other one hung up: its `error` says less.
        events.on('handshake:error:other', ({ address }) => this.#end(new CrierError(
            'server_key_wrong', `${address}: it is not the broker of the invitation`)));
        ends('disconnect', 'broker_unreachable', 'the connection has ended');
        ends('close', 'broker_unreachable', 'there is no broker');
        ends('connect:retry', 'broker_unreachable', 'there is no broker');
    }

    /** Reads what came before the end, and tells of it. */
    async #end(error) {
        if (this.#isEnding) return;
        this.#isEnding = true;
        await setImmediate();
        while (!this.#isClosed && this.#socket.readable) await setImmediate();
        if (this.#isClosed) return;
        await this.close(0);
        this.#onEnd(error);
    }
}
