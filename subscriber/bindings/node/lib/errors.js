/** @file What can go wrong, by the codes of PROTOCOL.md, section 5. */

/** Those that a session meets, or makes itself. */
const NAMES = {
    4000: 'malformed_frame', 4001: 'version_unsupported', 4002: 'text_invalid',
    4006: 'time_invalid', 4007: 'attribute_invalid', 4008: 'usage_invalid',
    4011: 'invitation_invalid', 4012: 'file_unusable', 4030: 'not_authorized',
    4031: 'not_admitted', 4032: 'server_key_wrong', 4033: 'replaced', 4034: 'dropped',
    4035: 'misbehaved', 4036: 'ticket_invalid', 4042: 'host_unknown', 4043: 'answer_unknown',
    4130: 'limit_exceeded', 4290: 'rate_exceeded', 5030: 'overloaded', 5031: 'stopping',
    5032: 'admission_closed', 5070: 'storage_failed', 6040: 'broker_unreachable', 6042: 'timed_out',
    6043: 'backbone_unreachable',
};
const CODES = Object.fromEntries(Object.entries(NAMES).map(([code, name]) => [name, Number(code)]));
const REMEDIES = {
    4035: 'retry_later', 4290: 'retry_later', 5031: 'reconnect', 5070: 'page_human',
};

/** What the one who is told should do next; also of a code that came after this program. */
function remedyFor(code) {
    return REMEDIES[code] ?? (Math.floor(code / 1000) === 4 ? 'fix_request' : 'retry_later');
}

export class CrierError extends Error {
    /**
     * @param {string | number} code a name, or a number that a broker said
     * @param {string} detail what to do, for people
     */
    constructor(code, detail) {
        super(detail);
        this.name = 'CrierError';
        /** The number of PROTOCOL.md. @type {number} */
        this.number = typeof code === 'number' ? code : CODES[code];
        /** Its name, or `error_…` with the number if it is not known here. @type {string} */
        this.code = NAMES[this.number] ?? `error_${this.number}`;
        /** fix_request, retry_later, reconnect or page_human. @type {string} */
        this.remedy = remedyFor(this.number);
    }
}
