export type NativeOptions = {
  /** Folder that holds data, logs and pid files. */
  home: string;
  port: number;
  /** Only Kafka has one. */
  controllerPort?: number;
  say: (line: string) => void;
  /** Only Kafka: one more listener, over TLS, on which a user proves who it is. */
  secure?: SecureListener;
  /** Only MongoDB: file with key and certificate in PEM; it then takes TLS as well. */
  tlsKeyFile?: string;
};

export type SecureListener = {
  port: number;
  /** PEM, for the name `localhost`. */
  cert: string;
  key: string;
  username: string;
  password: string;
  /** Further users, known by SCRAM alone. */
  others?: { username: string; password: string }[];
  /** Users may only what ACLs allow; the plain listener may everything. Default: everybody may everything. */
  authorizes?: boolean;
};

/** A server process on this machine. */
export type NativeServer = {
  pid: number;
  /** True when it ran already and belongs to somebody who still runs. */
  reused: boolean;
  stop: () => Promise<void>;
};
