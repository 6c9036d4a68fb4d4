import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ts from 'typescript';
import { signatureHeader } from '../../src/domain/webhooks/signature';
import { createSecretBox } from '../../src/outbound/webhooks/secret-box';

const page = readFileSync(join(__dirname, '../../../../docs/webhooks.md'), 'utf8');
const snippet = (language: string): string => {
  const [, code] = new RegExp(`<!-- snippet: ${language} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (!code) throw new Error(`docs/webhooks.md has no snippet in ${language}`);
  return code;
};

interface Case {
  name: string;
  secret: string;
  headers: Record<string, string>;
  body: string;
  genuine: boolean;
}

const box = createSecretBox('a secret of the service that is long enough');
const [secret, next, foreign] = [box.create().secret, box.create().secret, box.create().secret];
const body = '{"id":"acme/c1/1","type":"throughline.conversation.v1.NoteAdded","data":{"text":"你好 – ✓"}}';
const signed = (by: string[], at: number, id = 'msg_1') => ({
  'webhook-id': id,
  'webhook-timestamp': String(at),
  'webhook-signature': signatureHeader(by, id, at, body),
});

/** Made when they are sent: a compiler may take its time first. */
const casesAt = (now: number): Case[] => {
  const valid = signed([secret], now);
  const without = (name: string) => Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name));
  const all = [
    { name: 'ours', headers: valid, genuine: true },
    { name: 'by the old of two secrets', headers: signed([next, secret], now), genuine: true },
    { name: 'by the new of two secrets', headers: signed([secret, next], now), genuine: true },
    { name: 'four minutes old', headers: signed([secret], now - 240), genuine: true },
    { name: 'by a foreign secret', headers: signed([foreign], now), genuine: false },
    { name: 'an altered body', headers: valid, body: body.replace('你', '我'), genuine: false },
    {
      name: 'a body that was parsed and written again',
      headers: valid,
      body: JSON.stringify(JSON.parse(body), null, 1),
      genuine: false,
    },
    { name: 'another id', headers: { ...valid, 'webhook-id': 'msg_2' }, genuine: false },
    { name: 'another time', headers: { ...valid, 'webhook-timestamp': String(now - 1) }, genuine: false },
    { name: 'six minutes old', headers: signed([secret], now - 360), genuine: false },
    { name: 'six minutes ahead', headers: signed([secret], now + 360), genuine: false },
    { name: 'a time that is none', headers: { ...valid, 'webhook-timestamp': 'now' }, genuine: false },
    { name: 'no signature', headers: without('webhook-signature'), genuine: false },
    { name: 'no id', headers: without('webhook-id'), genuine: false },
    { name: 'no time', headers: without('webhook-timestamp'), genuine: false },
    { name: 'an empty signature', headers: { ...valid, 'webhook-signature': 'v1,' }, genuine: false },
    { name: 'a signature that is no base64', headers: { ...valid, 'webhook-signature': 'v1,§$%&/' }, genuine: false },
    {
      name: 'a shortened signature',
      headers: { ...valid, 'webhook-signature': valid['webhook-signature'].slice(0, 20) },
      genuine: false,
    },
    {
      name: 'the right value under another name',
      headers: { ...valid, 'webhook-signature': valid['webhook-signature'].replaceAll('v1,', 'v2,').split(' ')[0]! },
      genuine: false,
    },
  ];
  return all.map((one) => ({ secret, body, ...one }));
};

const input = (): string =>
  JSON.stringify(
    casesAt(Math.floor(Date.now() / 1_000)).map(({ secret, headers, body }) => ({
      secret,
      headers,
      body: Buffer.from(body).toString('base64'),
    })),
  );

const drivers = {
  typescript: (folder: string): string => {
    const driver = `
      const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      console.log(JSON.stringify(cases.map(({ secret, headers, body }: any) => {
        try { return (verify(secret, headers, Buffer.from(body, 'base64')) as any).id; } catch { return ''; }
      })));`;
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    writeFileSync(
      join(folder, 'verify.cjs'),
      ts.transpileModule(snippet('typescript') + driver, { compilerOptions: options }).outputText,
    );
    return execFileSync(process.execPath, ['verify.cjs'], { cwd: folder, input: input(), encoding: 'utf8' });
  },
  python: (folder: string): string => {
    const driver = `
import sys

def told(case):
    try:
        return verify(case["secret"], case["headers"], base64.b64decode(case["body"]))["id"]
    except ValueError:
        return ""

print(json.dumps([told(case) for case in json.load(sys.stdin)]))
`;
    writeFileSync(join(folder, 'verify.py'), snippet('python') + driver);
    return execFileSync('python3', ['verify.py'], { cwd: folder, input: input(), encoding: 'utf8' });
  },
  go: (folder: string): string => {
    const driver = `package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	var cases []struct {
		Secret, Body string
		Headers      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	told := []string{}
	for _, one := range cases {
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		body, _ := base64.StdEncoding.DecodeString(one.Body)
		id := ""
		if event, err := Verify(one.Secret, headers, body); err == nil {
			id = event["id"].(string)
		}
		told = append(told, id)
	}
	_ = json.NewEncoder(os.Stdout).Encode(told)
}
`;
    writeFileSync(join(folder, 'verify.go'), snippet('go'));
    writeFileSync(join(folder, 'main.go'), driver);
    writeFileSync(join(folder, 'go.mod'), 'module verify\n\ngo 1.19\n');
    execFileSync('go', ['build', '-o', 'verify', '.'], { cwd: folder });
    return execFileSync(join(folder, 'verify'), { cwd: folder, input: input(), encoding: 'utf8' });
  },
};

const commands = { typescript: process.execPath, python: 'python3', go: 'go' };
const isThere = (command: string): boolean =>
  spawnSync(command, [command === 'go' ? 'version' : '--version']).status === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-webhooks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

jest.setTimeout(180_000);

describe.each(['typescript', 'python', 'go'] as const)('the snippet in %s', (language) => {
  if (!isThere(commands[language])) {
    // CI has all three; a machine without one is told so rather than shown a pass.
    if (process.env['CI'])
      throw new Error(`${commands[language]} is missing: the snippet in ${language} cannot be tested`);
    console.warn(`NOT TESTED: ${commands[language]} is missing, so the snippet in ${language} was not run`);
    return it.skip(`is not run: ${commands[language]} is missing`, () => undefined);
  }
  return it('takes what is ours and nothing else', () => {
    const told = JSON.parse(drivers[language](folder)) as string[];
    const cases = casesAt(0);
    expect(told.map((id, i) => [cases[i]!.name, id])).toEqual(
      cases.map(({ name, genuine }) => [name, genuine ? 'acme/c1/1' : '']),
    );
  });
});
