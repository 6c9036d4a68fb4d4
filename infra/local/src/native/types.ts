export type NativeOptions = {
  /** Folder that holds data, logs and pid files. */
  home: string;
  port: number;
  /** Only Kafka has one. */
  controllerPort?: number;
  say: (line: string) => void;
};

/** A server process on this machine. */
export type NativeServer = {
  pid: number;
  /** True when it ran already and belongs to somebody who still runs. */
  reused: boolean;
  stop: () => Promise<void>;
};
