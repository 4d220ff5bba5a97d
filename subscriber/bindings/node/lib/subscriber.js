/** @file The public class: a session core, a connection, one timer, and events. */

import { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';

import { Connection } from './connection.js';
import { CrierError } from './errors.js';
import { checkAttributes, LIMIT, PRESENCE, STATE } from './frames.js';
import { Identity } from './identity.js';
import { readInvitation } from './invitation.js';
import { SessionCore } from './session_core.js';

const STOP_TIMEOUT_MS = 1_000;
/** setTimeout() takes no more. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The names of attributes here, and on the wire. */
const ATTRIBUTES = {
    persistentId: 'persistent_id', user: 'user', systemUser: 'system_user', machine: 'machine',
    hostType: 'host_type', application: 'application', type: 'type', locale: 'locale',
    groups: 'groups',
};

const usage = (detail) => new CrierError('usage_invalid', detail);

function attributesOf(given) {
    const attributes = {};
    for (const [name, value] of Object.entries(given)) {
        if (!Object.hasOwn(ATTRIBUTES, name)) throw usage(`no attribute ${name}`);
        if (value !== undefined) attributes[ATTRIBUTES[name]] = value;
    }
    return checkAttributes(attributes);
}

function checkTicket(ticket) {
    if (typeof ticket !== 'string' || ticket === '' || /[\p{Cc}\p{Cs}]/u.test(ticket)) {
        throw usage('a ticket is one line');
    }
    if (Buffer.byteLength(ticket) > LIMIT.ticket) {
        throw new CrierError('limit_exceeded', `a ticket of more than ${LIMIT.ticket} bytes`);
    }
    return ticket;
}

function checkCause(cause) {
    if (typeof cause !== 'string' || /[\p{Cc}\p{Cs}]/u.test(cause)) {
        throw new CrierError('text_invalid', 'a cause is one line');
    }
    if (Buffer.byteLength(cause) > LIMIT.cause) {
        throw new CrierError('limit_exceeded', `a cause of more than ${LIMIT.cause} bytes`);
    }
    return cause;
}

const steady = () => performance.now();

/**
 * One session: connects, shows, reports, and comes back by itself after every outage. index.d.ts
 * says what each event and function is for.
 */
export class Subscriber extends EventEmitter {
    #core;
    #identity;
    #invitation;
    #isAutomatic;
    /** @type {Connection | undefined} */
    #connection;
    #timer;
    /** @type {import('./session_core.js').Effect[]} */
    #todo = [];
    #isAtWork = false;
    #isStopping = false;
    #closing = Promise.resolve();

    /** @param {import('../index.js').SubscriberOptions} options */
    constructor({
        invitation, keyFile, attributes = {}, presence = 'active', report = 'automatic',
        tickets = false,
    }) {
        super();
        if (!Object.hasOwn(PRESENCE, presence)) throw usage(`presence is no ${presence}`);
        if (report !== 'automatic' && report !== 'manual') throw usage(`report is no ${report}`);
        if (typeof tickets !== 'boolean') throw usage('tickets is true or false');
        this.#invitation = readInvitation(invitation);
        this.#identity = Identity.of(keyFile);
        this.#isAutomatic = report === 'automatic';
        const { server_key: isSecure, secret } = this.#invitation;
        this.#core = new SessionCore({
            session: this.#identity.session,
            key: isSecure ? undefined : this.#identity.publicKey,
            proof: secret && this.#identity.proof(secret),
            endpoints: this.#invitation.endpoints,
            attributes: attributesOf(attributes), presence, hasTickets: tickets,
            random: Math.random, steady: steady(), utc: Date.now(),
        });
        // Whoever made it gets to say what it listens to first.
        setImmediate(() => this.#perform(this.#core.start(steady())));
    }

    get session() {
        return this.#identity.session;
    }

    brokerTime() {
        return new Date(this.#core.brokerTime(steady()));
    }

    displayed(message) {
        this.#report(message, STATE.displayed);
    }

    displayedInDigest(message) {
        this.#report(message, STATE.displayed, { digest: true });
    }

    suppressed(message, cause) {
        this.#report(message, STATE.suppressed, { cause: checkCause(cause) });
    }

    acknowledged(message) {
        this.#report(message, STATE.acknowledged);
    }

    answered(message, choice) {
        if (!Number.isInteger(choice) || choice < 0) throw usage('a choice is a number from 0');
        this.#report(message, STATE.answered, { answer: choice });
    }

    failed(message, cause) {
        this.#report(message, STATE.failed, { cause: checkCause(cause) });
    }

    removed(message) {
        this.#checkGoing();
        this.#perform(this.#core.removedByProgram(message, steady()));
    }

    useTicket(ticket) {
        this.#checkGoing();
        checkTicket(ticket);
        if (!this.#core.hasTickets) {
            throw usage('this session does not come in by tickets: see the option tickets');
        }
        this.#perform(this.#core.ticketGiven(ticket, steady()));
    }

    setPresence(presence) {
        if (!Object.hasOwn(PRESENCE, presence)) throw usage(`presence is no ${presence}`);
        this.#perform(this.#core.presenceChanged(presence, steady()));
    }

    async stop() {
        if (!this.#isStopping) {
            this.#isStopping = true;
            clearTimeout(this.#timer);
            this.#todo = this.#todo.filter((effect) => effect.do !== 'tell');
            this.#perform(this.#core.stop(steady()));
        }
        await undefined;  // Inside a listener the closing only begins once that has returned.
        await this.#closing;
    }

    #report(message, state, said = {}) {
        this.#checkGoing();
        this.#perform(this.#core.reported(message, state, said, steady()));
    }

    #checkGoing() {
        if (this.#isStopping) throw new CrierError('stopping', 'this subscriber was stopped');
    }

    /** In order, however deep in listeners it is called. */
    #perform(effects) {
        this.#todo.push(...effects);
        if (this.#isAtWork) return;
        this.#isAtWork = true;
        try {
            for (let effect = this.#todo.shift(); effect; effect = this.#todo.shift()) {
                this.#do(effect);
            }
        } finally {
            this.#isAtWork = false;
        }
        this.#setTimer();
    }

    #do(effect) {
        switch (effect.do) {
            case 'open': return this.#open(effect.endpoint);
            case 'send': return this.#connection?.send(effect.bytes);
            case 'close': return this.#close();
            case 'tell': return this.#tell(effect.event, effect.about);
        }
    }

    #open(endpoint) {
        const keys = { serverKey: this.#invitation.server_key, ...this.#identity };
        const connection = new Connection(endpoint, keys,
            (frame) => this.#isCurrent(connection) &&
                this.#perform(this.#core.received(frame, steady())),
            (error) => this.#isCurrent(connection) &&
                this.#perform(this.#core.lost(error, steady())));
        this.#connection = connection;
    }

    #isCurrent(connection) {
        return connection === this.#connection;
    }

    #close() {
        const linger = this.#isStopping ? STOP_TIMEOUT_MS : 0;
        this.#closing = this.#connection?.close(linger) ?? this.#closing;
        this.#connection = undefined;
    }

    #tell(event, about) {
        if (event !== 'message' && event !== 'changed') return void this.#emit(event, about);
        // Who does not tell a new message from a change of one is told of both as messages.
        const name = event === 'changed' && this.listenerCount('changed') === 0 ? 'message' : event;
        if (!this.#emit(name, about) || !this.#isAutomatic || this.#isStopping) return;
        if (this.#core.isUntouched(about)) this.displayed(about);
    }

    /** Whether somebody listened and got through; what a listener throws the program sees. */
    #emit(event, about) {
        try {
            return this.emit(event, about);
        } catch (error) {
            process.nextTick(() => { throw error; });
            return false;
        }
    }

    #setTimer() {
        clearTimeout(this.#timer);
        const { deadline } = this.#core;
        if (this.#isStopping || deadline === Infinity) return;
        const wait = Math.min(TIMER_MAX_MS, Math.max(0, Math.ceil(deadline - steady())));
        this.#timer = setTimeout(() => this.#perform(this.#core.timePassed(steady())), wait);
    }
}
