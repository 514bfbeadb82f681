import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createCli } from './cli.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const inDocs = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`);
const pages = [...inDocs.filter((path) => path.endsWith('.md')), 'README.md', 'apps/wam/README.md', 'deploy/README.md'];

/** Of lines of code, and of code within a sentence: what follows `wam`, up to what a shell would read as something else. */
function commandsIn(page: string): string[] {
  const text = readFileSync(`${root}/${page}`, 'utf8');
  const blocks = [...text.matchAll(/```[a-z]*\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((code) => {
    const [, words] =
      /^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npx |kubectl .* -- |docker compose run --rm )?wam ([a-z-].*)$/.exec(code) ?? [];
    return words === undefined
      ? []
      : [
          words
            .replace(/( [#>|;]| &&| 2>| {2}).*$/, '')
            .replaceAll(/[[\]]/g, '')
            .trim(),
        ];
  });
}

/** `list|show` stands for both. */
const spelledOut = (words: readonly string[]): string[][] =>
  words.reduce<string[][]>(
    (all, word) => {
      const choices = /^[a-z-]+(\|[a-z-]+)+$/.test(word) ? word.split('|') : [word];
      return all.flatMap((before) => choices.map((choice) => [...before, choice]));
    },
    [[]],
  );

/** What a command line has that the program does not know; undefined when it would be carried out. */
function faultOf(cli: Command, words: readonly string[]): string | undefined {
  let command = cli;
  const given: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word.startsWith('--')) {
      const [flag = '', value] = word.split('=');
      if (flag === '--version' || flag === '--help') continue;
      const option = command.options.find(({ long }) => long === flag);
      if (option === undefined) return `${command.name()} has no option ${flag}`;
      const argument = option.required ? (value ?? words[++index]) : value;
      if (option.required && argument === undefined) return `${flag} lacks its value`;
      const isName = argument !== undefined && /^[a-z-]+$/.test(argument);
      if (option.argChoices && isName && !option.argChoices.includes(argument))
        return `${flag} does not take ${argument}`;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0) return `${command.name()} has no command ${word}`;
    else given.push(word);
  }
  const { registeredArguments: taken } = command;
  const most = taken.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : taken.length;
  return given.length > most ? `${command.name()} takes no ${given[most]}` : undefined;
}

describe('A command that a page names', () => {
  const cli = createCli({});
  const found = pages.flatMap((page) => commandsIn(page).map((words) => ({ page, words })));

  it('is one that there is, with the options that it has', () => {
    const faults = found.flatMap(({ page, words }) =>
      spelledOut(words.split(/\s+/)).flatMap((each) => {
        const fault = faultOf(cli, each);
        return fault === undefined ? [] : [`${page}: wam ${words}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  it('is found at all: each command is on some page', () => {
    const all = (of: Command): string[][] =>
      of.commands.length === 0 ? [[]] : of.commands.flatMap((each) => all(each).map((rest) => [each.name(), ...rest]));
    const named = found.flatMap(({ words }) => spelledOut(words.split(/\s+/)).map((each) => `${each.join(' ')} `));
    const missing = all(cli)
      .map((path) => path.join(' '))
      .filter((path) => !named.some((each) => each.startsWith(`${path} `)));
    expect(missing).toEqual([]);
  });

  it('is refused when it is another', () => {
    for (const wrong of ['kek rotate', 'dlq list --older', 'backup one two', 'start --target=engine', 'dlq forget'])
      expect(faultOf(cli, wrong.split(' ')), wrong).toBeDefined();
  });
});
