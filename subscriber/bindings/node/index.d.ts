// What programs that show messages see: a session of its own.
//
//     const subscriber = new Subscriber({ invitation: 'sessions.invitation' });
//     subscriber.on('message', (message) => show(message));
//
// Wire behaviour: shared/protocol/PROTOCOL.md, "Session link".

/// <reference types="node" />
import { EventEmitter } from 'node:events';

/** By the names and numbers of PROTOCOL.md, section 5. */
export class CrierError extends Error {
    constructor(code: string | number, detail: string);
    /** `broker_unreachable`, for example. */
    readonly code: string;
    readonly number: number;
    /** What the one who is told should do next. */
    readonly remedy: 'fix_request' | 'retry_later' | 'reconnect' | 'page_human';
}

/** What the session says of itself: lines of at most 256 bytes. */
export interface Attributes {
    persistentId?: string;
    user?: string;
    systemUser?: string;
    machine?: string;
    hostType?: string;
    application?: string;
    type?: string;
    locale?: string;
    groups?: string[];
}

export interface SubscriberOptions {
    /** The sessions' invitation: its line (`crier1.sessions.…`), or the path of a file. */
    invitation: string;
    /**
     * The session's own key, made with mode 0600 if it is missing. Without one a fresh key in
     * memory, and so a new session each time. Two programs must not share it: the newer one
     * replaces the older one.
     */
    keyFile?: string;
    attributes?: Attributes;
    presence?: 'active' | 'locked';
    /**
     * Who says that a message was displayed. `automatic`: returning from the listeners of
     * `message` or `changed` does, unless they reported something else. `manual`: the program.
     */
    report?: 'automatic' | 'manual';
    /**
     * The session comes in by tickets (PROTOCOL.md, "Tickets"), and nothing is tried before there
     * is one: `ticketWanted` asks for it.
     */
    tickets?: boolean;
}

/**
 * The public part of the key in `keyFile`, which is made if it is missing: for `crier keys add KEY
 * --rights session --user USER`, after which a session with this `keyFile` comes in as that user.
 * @throws {CrierError} usage_invalid, file_unusable
 */
export function sessionPublicKey(keyFile: string): string;

/** What a report is about: a message, or its id and revision. */
export interface Revision {
    readonly id: string;
    readonly revision: number;
}

export interface IncomingMessage extends Revision {
    /** 32 hex digits. */
    id: string;
    /** From 1; a higher one replaces a lower one on the screen. */
    revision: number;
    /** Order of acceptance, for people; identifies nothing. */
    seq: number;
    /** `all`, or `session/` and 32 hex digits. */
    topic: string;
    /**
     * In the language that fits the session's locale best, with its own attributes in place of
     * placeholders, and with the time that was left when it came. Untrusted: no markup.
     */
    text: string;
    title: string;
    severity: 'info' | 'warning' | 'critical';
    style: 'notification' | 'alert';
    /** With any, it is a question. */
    choices: string[];
    /** The operator's principal, vouched for by the broker. */
    from: string;
    sent: Date;
    /** By the broker's clock; `removed` follows then. */
    offScreenAt?: Date;
    countdownTo?: Date;
    /** When it was due, if it comes late. */
    late?: Date;
    /** This revision says nothing new: it is said again. */
    isReminder: boolean;
    /** The parts of the text between which the time that is left stands: for textAt(). */
    textParts: string[];
}

/** The text as it is to be shown at `now`, by the broker's clock: with the time that is left. */
export function textAt(message: { textParts: string[]; countdownTo?: Date }, now: Date): string;

/** "14:59", "1:14:59", "2 d 1:14:59": in whole seconds, and "0:00" once it is over. */
export function remainingTime(milliseconds: number): string;

export interface SubscriberEvents {
    /** The broker knows this session now; messages may follow. `opened`: since when. */
    connected: [{ session: string; opened: Date }];
    /**
     * There is no connection. Once per outage, and again when the reason changes. What is on the
     * screen stays there. It goes on trying, unless `willReturn` is false: `ended` follows then.
     */
    disconnected: [{ error: CrierError; willReturn: boolean }];
    /** Show it. */
    message: [IncomingMessage];
    /** A newer revision of one that the program has. Without a listener: `message`. */
    changed: [IncomingMessage];
    /** Take it off the screen; if it waits to be shown, never show it. */
    removed: [{ id: string; cause: 'expired' | 'recalled' | 'acknowledged' | 'closed' }];
    /** Nobody has acknowledged it for a while, and its sender wants it to be more urgent now. */
    escalated: [{ id: string; revision: number; urgency: 'alert' | 'sound' }];
    /** Something is wrong that does not end the session: a frame that is not understood. */
    problem: [CrierError];
    /**
     * With the option `tickets`: get one for this session, which it has to name as `cnf.kid`, from
     * the program's server, and useTicket() it. Told at the start, a minute before one expires, and
     * when the broker has not taken one; again after 30 s, until useTicket() was called.
     */
    ticketWanted: [{ session: string }];
    /** The last event: this subscriber never comes back by itself. */
    ended: [{ cause: 'replaced' | 'refused' | 'dismissed' | 'dropped'; error: CrierError }];
}

/**
 * One session: connects, shows, reports, and comes back by itself after every outage, trying the
 * invitation's endpoints in order with growing, jittered pauses (0.5 to 30 s). In a cluster it goes
 * to one of the other brokers, which each of them names, when its own fails or stops.
 *
 * A revision of a message is handed over once, however often the connection ends. Nothing is kept
 * on disk but the key: after a crash the broker sends again what it has no receipt for.
 */
export class Subscriber extends EventEmitter {
    /**
     * Returns at once; the first event comes after the caller's turn.
     * @throws {CrierError} usage_invalid, invitation_invalid, attribute_invalid, limit_exceeded,
     *     file_unusable
     */
    constructor(options: SubscriberOptions);

    /** The fingerprint of its key: 32 hex digits. */
    readonly session: string;

    // Reports: what became of a message here. One about a message that is not known here, or about
    // a revision that a newer one has replaced, or that would be a step back, is ignored. They
    // throw CrierError: stopping after stop(); text_invalid or limit_exceeded for a cause that is
    // no line of at most 160 bytes.

    /** The person can see it. */
    displayed(message: Revision): void;
    /** The person can see it as one of several, maybe cut short. */
    displayedInDigest(message: Revision): void;
    /** It is held back for now; displayed() may follow. */
    suppressed(message: Revision, cause: string): void;
    /** The person has answered "I have read this". It is on the screen until removed(). */
    acknowledged(message: Revision): void;
    /** The person has chosen choices[choice]; they may choose again until the question closes. */
    answered(message: Revision, choice: number): void;
    /** It cannot be shown here at all. */
    failed(message: Revision, cause: string): void;
    /** The program took it off the screen. Not needed after the event `removed`. */
    removed(message: Revision): void;

    /**
     * The ticket to come in by from now on; a connection goes on with it. In a listener or later,
     * and as soon as the subscriber was made, if there is one already.
     * @throws {CrierError} usage_invalid (it is no line, or the option `tickets` is not set),
     *     limit_exceeded (more than 4,096 bytes), stopping
     */
    useTicket(ticket: string): void;

    /** The screen was locked or unlocked: operators see it in the list of sessions. */
    setPresence(presence: 'active' | 'locked'): void;

    /** The broker's clock as far as it is known; this machine's before the first connection. */
    brokerTime(): Date;

    /**
     * Sends what is pending, says goodbye, closes: the session is over at once. No event comes
     * after it was called.
     */
    stop(): Promise<void>;

    on<K extends keyof SubscriberEvents>(
        event: K, listener: (...about: SubscriberEvents[K]) => void): this;
    once<K extends keyof SubscriberEvents>(
        event: K, listener: (...about: SubscriberEvents[K]) => void): this;
    off<K extends keyof SubscriberEvents>(
        event: K, listener: (...about: SubscriberEvents[K]) => void): this;
}
