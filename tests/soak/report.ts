import { join } from 'node:path';
import { drawPage } from './chart/page.ts';
import { panelsOf } from './chart/panels.ts';
import type { LoadOptions } from './load.ts';
import type { Sample } from './sample.ts';
import type { Summary } from './summary.ts';

/** What is told of a soak. */
export interface Report {
  startedAt: string;
  machine: string;
  load: LoadOptions;
  summary: Summary;
  samples: Sample[];
}

/** Writes soak.json and soak.svg into a folder, which is made if need be; answers their paths. */
export async function writeReport(folder: string, report: Report): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const json = join(folder, 'soak.json');
  const svg = join(folder, 'soak.svg');
  await Deno.writeTextFile(json, JSON.stringify(report, null, 2) + '\n');
  await Deno.writeTextFile(svg, plot(report));
  return [json, svg];
}

function plot({ startedAt, machine, load, summary, samples }: Report): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const subtitle = `${load.jobsPerSecond} jobs/s, ${percent(load.failShare)} of attempts fail, ` +
    `${percent(load.deliveryShare)} of jobs are deliveries; ${startedAt.slice(0, 16)}Z, ${machine}`;
  return drawPage('A soak of Puppet Retry', subtitle, panelsOf(samples), summary.minutes);
}
