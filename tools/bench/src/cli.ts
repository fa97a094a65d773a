import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { stopOnSignals } from '@huma-poweroffice/stack';
import { naive, ours, type Design } from './designs.js';
import type { Measure, MeasureOptions } from './measure.js';
import { budget } from './measures/budget.js';
import { customers, customersOptions } from './measures/customers.js';
import { idle } from './measures/idle.js';
import { keys } from './measures/keys.js';
import { oddRecords } from './measures/odd-records.js';
import { coalescing } from './measures/coalescing.js';
import { fairness } from './measures/fairness.js';
import { compareLatency, latency } from './measures/latency.js';
import { memory } from './measures/memory.js';
import { takeIn } from './measures/take-in.js';
import { describe, holds, type Row } from './row.js';
import { World } from './world.js';

const measures: Readonly<Record<string, Measure>> = {
  'take-in': takeIn,
  latency,
  budget,
  coalescing,
  fairness,
  memory,
  customers,
  idle,
  keys,
  'odd-records': oddRecords,
};
const optionsOf: Readonly<Record<string, MeasureOptions>> = {
  latency: { compare: compareLatency },
  customers: customersOptions,
  idle: { oursOnly: true },
  keys: { oursOnly: true },
  'odd-records': { oursOnly: true },
};
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const results = fileURLToPath(new URL('../../../bench-results.json', import.meta.url));

const measureOne = async (name: string, measure: Measure, design: Design): Promise<Row[]> => {
  say(`${name}, ${design.name} ...`);
  const world = await World.start(design.parts, optionsOf[name]?.settings);
  try {
    const rows = await measure(world, design);
    await world.stop(false);
    return rows.map((row) => ({ ...row, design: design.name }));
  } catch (error) {
    await world.stop(true);
    say(`logs: ${world.stack.folder}/logs`);
    throw error;
  }
};

const args = process.argv.slice(2);
const chosenDesigns = args.filter((arg) => arg === 'ours' || arg === 'naive');
const names = args.filter((arg) => arg !== 'ours' && arg !== 'naive');
const unknown = names.filter((name) => !measures[name]);
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}; there are ${Object.keys(measures).join(', ')}; and \`ours\` or \`naive\`.`);
  process.exit(1);
}
stopOnSignals();
const rows: Row[] = [];
let failures = 0;
for (const [name, measure] of Object.entries(measures)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const options = optionsOf[name] ?? {};
  const ofThis: Row[] = [];
  for (const design of options.oursOnly ? [ours] : [ours, naive()]) {
    if (chosenDesigns.length > 0 && !chosenDesigns.includes(design.name)) continue;
    try {
      ofThis.push(...(await measureOne(name, measure, design)));
    } catch (error) {
      failures += 1;
      say(`${name}, ${design.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const of = (wanted: Row['design']): Row[] => ofThis.filter((row) => row.design === wanted);
  const isComparable = options.compare && of('ours').length > 0 && of('naive').length > 0;
  const compared = isComparable ? (options.compare?.(of('ours'), of('naive')) ?? []) : [];
  rows.push(...ofThis, ...compared.map((row): Row => ({ ...row, design: 'ours' })));
}
say(['', ...rows.map(describe)].join('\n'));
const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
const report = { at: new Date().toISOString(), machine, rows: rows.map((row) => ({ ...row, holds: holds(row) })) };
writeFileSync(results, `${JSON.stringify(report, null, 2)}\n`);
// The naive design is there to be looked at; only ours has to hold.
process.exit(failures === 0 && rows.every((row) => row.design === 'naive' || holds(row)) ? 0 : 1);
