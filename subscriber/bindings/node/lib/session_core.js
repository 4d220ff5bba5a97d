/**
 * @file The dialogue of a session (PROTOCOL.md, sections 2 and 3): what happens and the time in,
 * what is to be done out. Knows no socket, no timer and no clock.
 *
 *     open ──hello──> greeting ──welcome──> connected ──lost──> pausing ──> open …
 *                        └──refused, goodbye──> pausing, or ended
 *
 * A session with tickets pauses until it has one.
 *
 * @typedef {{do: 'open', endpoint: string} | {do: 'send', bytes: Buffer} | {do: 'close'}
 *     | {do: 'tell', event: string, about: any}} Effect
 */

import { BrokerClock } from './broker_clock.js';
import { CrierError } from './errors.js';
import { decodeToSession, encodeFromSession, PRESENCE, VERSION } from './frames.js';
import { MessageTable } from './message_table.js';
import { ReceiptQueue } from './receipt_queue.js';
import { TicketHolder } from './ticket_holder.js';
import { WayBack } from './way_back.js';

const WELCOME_TIMEOUT_MS = 5_000;
/** After so many intervals without a sign of life the broker is lost. */
const SILENT_HEARTBEATS = 2.5;

export class SessionCore {
    /** @type {Effect[]} */
    #effects = [];
    #phase = 'new';
    #options;
    #presence;
    #clock;
    #wayBack;
    #receipts = new ReceiptQueue();
    #messages;
    #tickets;
    #resume;
    #outage;
    #now = { steady: 0, broker: 0 };
    #pauseUntil = Infinity;
    #silentAt = Infinity;
    #beatAt = Infinity;
    #heartbeat = Infinity;

    /**
     * @param {{session: string, key?: Buffer, proof?: Buffer, endpoints: string[], attributes: any,
     *     presence: 'active' | 'locked', hasTickets?: boolean, random: () => number,
     *     steady: number, utc: number
     * }} options `key`: without CURVE; `endpoints`: the invitation's; `hasTickets`: it comes in by
     *     them alone, and asks its program for them; `steady`, `utc`: the two clocks now
     */
    constructor(options) {
        this.#options = options;
        this.#presence = options.presence;
        this.#clock = new BrokerClock(options.steady, options.utc);
        this.#wayBack = new WayBack(options.endpoints, options.random);
        this.#tickets = new TicketHolder(options.hasTickets ?? false);
        this.#messages = new MessageTable(options, this.#receipts,
            (event, about) => this.#tell(event, about));
    }

    // ---- What happens. Each returns what is to be done, in order.

    start(steady) {
        return this.#step(steady, () => {
            this.#phase = 'pausing';
            this.#pauseUntil = steady;
        });
    }

    /** One frame came on the open connection. */
    received(/** @type {Buffer} */ bytes, steady) {
        return this.#step(steady, () => {
            if (!this.#isOpen) return;
            this.#silentAt = Math.max(this.#silentAt,
                steady + SILENT_HEARTBEATS * (this.#phase === 'connected' ? this.#heartbeat : 0));
            try {
                this.#onFrame(decodeToSession(bytes));
            } catch (error) {
                if (!(error instanceof CrierError)) throw error;
                this.#tell('problem', error);
                this.#leave(error);
            }
        });
    }

    /** The connection has ended, or there was none. */
    lost(/** @type {CrierError} */ error, steady) {
        return this.#step(steady, () => this.#isOpen && this.#lose(error));
    }

    timePassed(steady) {
        return this.#step(steady, () => {
            if (this.#silentAt <= steady) this.#leave(this.#silence());
        });
    }

    reported(message, state, said, steady) {
        return this.#step(steady, () => this.#messages.onReported(message, state, said, this.#now));
    }

    removedByProgram(message, steady) {
        return this.#step(steady, () => this.#messages.onRemovedByProgram(message, this.#now));
    }

    presenceChanged(/** @type {'active' | 'locked'} */ presence, steady) {
        return this.#step(steady, () => {
            if (presence === this.#presence) return;
            this.#presence = presence;
            if (this.#phase === 'connected') this.#send({ t: 'state', state: PRESENCE[presence] });
        });
    }

    ticketGiven(/** @type {string} */ ticket, steady) {
        return this.#step(steady, () => {
            this.#tickets.give(ticket);
            if (this.#phase === 'connected') this.#send({ t: 'ticket', ticket });
        });
    }

    /** Says what is still to be said, and goodbye. */
    stop(steady) {
        const effects = this.#step(steady, () => {
            // The goodbye is the last word, and nothing is wanted any more.
            this.#pauseUntil = this.#beatAt = Infinity;
            this.#tickets = new TicketHolder(false);
            if (this.#phase !== 'connected') return;
            for (const frame of this.#receipts.take()) this.#send(frame);
            this.#send({ t: 'goodbye' });
        });
        if (this.#isOpen) effects.push({ do: 'close' });
        this.#end();
        return effects;
    }

    // ---- What it says of itself

    isUntouched(message) {
        return this.#messages.isUntouched(message);
    }

    get hasTickets() {
        return this.#tickets.isNeeded;
    }

    brokerTime(steady) {
        return this.#clock.at(steady);
    }

    /** Steady time at which timePassed() has next to do; Infinity if never. */
    get deadline() {
        if (this.#phase === 'ended') return Infinity;
        const receipts = this.#phase === 'connected' ? this.#receipts.dueAt : Infinity;
        const opening = this.#tickets.isMissing ? Infinity : this.#pauseUntil;
        return Math.min(opening, this.#silentAt, this.#beatAt, receipts, this.#tickets.nextAsking,
            this.#messages.deadline((time) => this.#clock.steadyAt(time)));
    }

    // ---- The dialogue

    get #isOpen() {
        return this.#phase === 'greeting' || this.#phase === 'connected';
    }

    #step(steady, act) {
        if (this.#phase === 'ended') return [];
        this.#effects = [];
        this.#look(steady);
        act();
        if (this.#phase !== 'ended') {
            this.#messages.onTime(this.#look(steady));
            if (this.#phase === 'connected') this.#sayWhatIsDue(steady);
            if (this.#tickets.isToAsk(steady)) {
                this.#tell('ticketWanted', { session: this.#options.session });
            }
            if (this.#pauseUntil <= steady && !this.#tickets.isMissing) this.#open();
        }
        return this.#effects;
    }

    #look(steady) {
        this.#now = { steady, broker: this.#clock.at(steady) };
        return this.#now;
    }

    #sayWhatIsDue(steady) {
        if (this.#receipts.dueAt <= steady) {
            for (const frame of this.#receipts.take()) this.#send(frame);
        }
        if (this.#beatAt <= steady) {
            this.#beatAt = steady + this.#heartbeat;
            this.#send({ t: 'heartbeat', time: this.#now.broker });
            this.#messages.forget(this.#now);
        }
    }

    #open() {
        this.#phase = 'greeting';
        this.#pauseUntil = Infinity;
        this.#silentAt = this.#now.steady + WELCOME_TIMEOUT_MS;
        this.#effects.push({ do: 'open', endpoint: this.#wayBack.endpoint });
        const known = this.#messages.known();
        this.#send({
            t: 'hello', versions: [VERSION, VERSION], key: this.#options.key,
            proof: this.#options.proof, resume: this.#resume, ticket: this.#tickets.ticket,
            attributes: this.#options.attributes, state: PRESENCE[this.#presence],
            known: known.length > 0 ? known : undefined,
        });
    }

    #onFrame(frame) {
        switch (frame.t) {
            case 'refused': return this.#onRefused(frame);
            case 'goodbye': return this.#onGoodbye(frame);
            case 'heartbeat': return this.#onHeartbeat(frame);
            case 'welcome': return this.#onWelcome(frame);
        }
        if (this.#phase !== 'connected') {
            throw new CrierError('malformed_frame', `${frame.t} before the welcome`);
        }
        if (frame.t === 'ticket') return this.#onTicketExpires(frame.expires);
        if (frame.t === 'remove') return this.#messages.onRemove(frame, this.#now);
        for (const message of frame.t === 'bundle' ? frame.list : [frame]) {
            this.#messages.onMessage(message, this.#now);
        }
    }

    #onWelcome(frame) {
        if (this.#phase === 'connected') {
            throw new CrierError('malformed_frame', 'a second welcome');
        }
        if (frame.version !== VERSION) {
            throw new CrierError('version_unsupported', `the broker speaks ${frame.version}`);
        }
        if (frame.session !== this.#options.session) {
            throw new CrierError('malformed_frame', 'the broker computes another session id');
        }
        const { steady } = this.#now;
        this.#phase = 'connected';
        this.#outage = undefined;
        this.#resume = frame.resume;
        this.#wayBack.onWelcome(frame.others ?? []);
        this.#heartbeat = frame.heartbeat;
        this.#silentAt = steady + SILENT_HEARTBEATS * frame.heartbeat;
        this.#beatAt = steady + frame.heartbeat;
        this.#clock.onWelcome(frame.time, steady);
        this.#look(steady);
        if (frame.ticket_expires !== undefined) this.#onTicketExpires(frame.ticket_expires);
        this.#receipts.onWelcome(steady);
        this.#tell('connected', { session: frame.session, opened: new Date(frame.opened) });
    }

    #onTicketExpires(expires) {
        this.#tickets.takeEffect(expires - this.#now.broker, this.#now.steady);
    }

    #onHeartbeat(frame) {
        if (this.#phase !== 'connected') {
            throw new CrierError('malformed_frame', 'heartbeat before the welcome');
        }
        this.#clock.onHeartbeat(frame.time, this.#now.steady);
        if (frame.confirmed !== undefined) this.#receipts.onConfirmed(frame.confirmed);
    }

    #onRefused(frame) {
        const error = new CrierError(frame.code, frame.detail);
        const mayTryAnother = error.code === 'ticket_invalid' && this.#tickets.isNeeded;
        if (mayTryAnother) this.#tickets.reject();
        if (mayTryAnother || error.remedy !== 'fix_request') return this.#leave(error);
        const isKnown = error.code === 'replaced' || error.code === 'dropped';
        this.#endWith(isKnown ? error.code : 'refused', error);
    }

    #onGoodbye({ reason, come_back_after: comeBackAfter }) {
        const why = reason ? `: ${reason}` : '';
        if (comeBackAfter === undefined || comeBackAfter === 0) {
            return this.#endWith('dismissed',
                new CrierError('not_admitted', `the broker said not to come back${why}`));
        }
        this.#effects.push({ do: 'close' });
        this.#pause(this.#wayBack.afterGoodbye(comeBackAfter),
            new CrierError('stopping', `the broker said to come back later${why}`));
    }

    #silence() {
        return this.#phase === 'connected'
            ? new CrierError('broker_unreachable', 'the broker has fallen silent')
            : new CrierError('timed_out', 'the broker did not answer in time');
    }

    /** Ends the connection by itself, to come back. */
    #leave(error) {
        if (!this.#isOpen) return;
        this.#effects.push({ do: 'close' });
        this.#lose(error);
    }

    #lose(error) {
        const wasConnected = this.#phase === 'connected';
        this.#pause(wasConnected ? this.#wayBack.afterLoss() : this.#wayBack.afterFailure(), error);
    }

    #pause(pause, error) {
        this.#phase = 'pausing';
        this.#silentAt = this.#beatAt = Infinity;
        this.#pauseUntil = this.#now.steady + pause;
        if (this.#outage === error.number) return;
        this.#outage = error.number;
        this.#tell('disconnected', { error, willReturn: true });
    }

    #endWith(cause, error) {
        this.#effects.push({ do: 'close' });
        this.#tell('disconnected', { error, willReturn: false });
        this.#tell('ended', { cause, error });
        this.#end();
    }

    #end() {
        this.#phase = 'ended';
    }

    #send(frame) {
        this.#effects.push({ do: 'send', bytes: encodeFromSession(frame) });
    }

    #tell(event, about) {
        this.#effects.push({ do: 'tell', event, about });
    }
}
