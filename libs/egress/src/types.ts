export interface EgressOptions {
  /**
   * `host:port` pairs that tests and local runs may reach. Listed as the host of a URL, scheme and port are free; listed as
   * an address that a host has, the address need not be public. Empty in production.
   */
  allow?: string[] | undefined;
  /** Origins that an operator (never a user) set, for example `http://provider:8080`; they may lie anywhere. */
  trusted?: string[] | undefined;
  /** Ports that URLs may name. Default 443 and 8443. */
  ports?: number[] | undefined;
  /** DNS servers as `address` or `address:port`. Default those of the system. */
  dnsServers?: string[] | undefined;
  /** Certificates of authorities beside the usual ones, PEM. */
  ca?: string | undefined;
  /** Time for all of name, connection, headers and body, milliseconds. Default 5,000. */
  deadlineMs?: number | undefined;
  /** Largest answer body. Default 64 KiB. */
  maxBodyBytes?: number | undefined;
  /** Largest answer head. Default 16 KiB. */
  maxHeadBytes?: number | undefined;
}

export interface EgressCall {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string> | undefined;
  body?: Buffer | string | undefined;
  /** Less than that of the client, milliseconds. */
  deadlineMs?: number | undefined;
}

/** Somebody answered, whatever the status; a redirect is an answer like any other and is not followed. */
export interface Answered {
  kind: 'answered';
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** From the call to the last byte, milliseconds. */
  tookMs: number;
}

/** We did not even try: nobody was connected to. */
export interface Refused {
  kind: 'refused';
  reason:
    | 'URL_INVALID'
    | 'URL_TOO_LONG'
    | 'SCHEME_NOT_ALLOWED'
    | 'PORT_NOT_ALLOWED'
    | 'CREDENTIALS_IN_URL'
    | 'HOST_NOT_ALLOWED'
    | 'ADDRESS_NOT_PUBLIC'
    | 'HEADER_INVALID';
  /** Reads after "the URL …". */
  detail: string;
}

/** We tried. `reached` tells whether the other side may have seen the request. */
export interface Failed {
  kind: 'failed';
  reason:
    | 'NAME_NOT_FOUND'
    | 'NAME_NOT_RESOLVED'
    | 'CONNECTION_FAILED'
    | 'TLS_FAILED'
    | 'TIMED_OUT'
    | 'ANSWER_TOO_LARGE'
    | 'ANSWER_INVALID';
  detail: string;
  reached: boolean;
  tookMs: number;
}

export type Outcome = Answered | Refused | Failed;

export interface Egress {
  /** Makes one call. Never throws for what the world does; says whether it was answered, refused or failed. */
  call(call: EgressCall): Promise<Outcome>;
  /** Whether a URL could be called now, without calling it: refused or failed (its name does not resolve) or undefined. */
  check(url: string): Promise<Refused | Failed | undefined>;
}
