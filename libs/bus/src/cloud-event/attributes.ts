import type { AttributeName } from './attribute-names';

export type AttributeValue = string | Date;

const named = new Set<string>([
  ...['id', 'source', 'specversion', 'type', 'time', 'subject', 'tenantid', 'recordedat', 'contactpoint'],
  ...['conversationid', 'channel', 'issueid', 'correlationid', 'causationid', 'datacontenttype', 'dataschema'],
  'traceparent',
]);

/** Attributes of an event in any mode, before they are checked. Fields with names, not a dictionary: it is made for every event. */
export class Attributes {
  id: AttributeValue | undefined = undefined;
  source: AttributeValue | undefined = undefined;
  specversion: AttributeValue | undefined = undefined;
  type: AttributeValue | undefined = undefined;
  time: AttributeValue | undefined = undefined;
  subject: AttributeValue | undefined = undefined;
  tenantid: AttributeValue | undefined = undefined;
  recordedat: AttributeValue | undefined = undefined;
  contactpoint: AttributeValue | undefined = undefined;
  conversationid: AttributeValue | undefined = undefined;
  channel: AttributeValue | undefined = undefined;
  issueid: AttributeValue | undefined = undefined;
  correlationid: AttributeValue | undefined = undefined;
  causationid: AttributeValue | undefined = undefined;
  datacontenttype: AttributeValue | undefined = undefined;
  dataschema: AttributeValue | undefined = undefined;
  traceparent: AttributeValue | undefined = undefined;
  /** Extensions that we have no name for. */
  foreign: Record<string, string> | undefined = undefined;

  put(name: string, value: AttributeValue): void {
    if (named.has(name)) {
      this[name as AttributeName] = value;
      return;
    }
    // A name may be anything, `__proto__` too.
    this.foreign ??= Object.create(null) as Record<string, string>;
    this.foreign[name] = String(value);
  }
}
