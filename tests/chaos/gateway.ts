import type { GatewayHook } from '../../supabase/local/gateway.ts';
import { faultyGateway } from '../../supabase/local/faulty_gateway.ts';
import type { PendingFaults } from '../../supabase/local/network_faults.ts';
import { answersTo, type EngineCall, isSettle, readEngineCall, reportsIn } from './calls.ts';
import { type Note, realNow } from './ledger.ts';

/** Kills an executor at the moment when it settles. */
export interface Trap {
  catches(executorId: string): boolean;
  /** Before the database hears of the outcomes, or after it has taken them and before the answer. */
  moment: 'before' | 'after';
  spring(): Promise<void>;
}

/** The gateway's hook: takes down what the database answers, spoils calls, and springs traps. */
export function chaosGateway(faults: PendingFaults, traps: Set<Trap>, note: Note): GatewayHook {
  const spoil = faultyGateway(faults);
  return async (request, forward) => {
    const call = request.method === 'POST'
      ? readEngineCall(request.url, await request.clone().text())
      : undefined;
    if (!call) return await spoil(request, forward);
    const recorded = (copy: Request) => record(call, () => forward(copy), note);
    const trap = isSettle(call) ? takeTrap(traps, call) : undefined;
    if (!trap) return await spoil(request, recorded);
    if (trap.moment === 'after') await recorded(request);
    await trap.spring();
    return Response.json({ message: 'The caller is dead' }, { status: 502 });
  };
}

function takeTrap(traps: Set<Trap>, { body }: EngineCall): Trap | undefined {
  const trap = [...traps].find((each) => each.catches(body.p_executor_id));
  if (trap) traps.delete(trap);
  return trap;
}

async function record(
  call: EngineCall,
  forward: () => Promise<Response>,
  note: Note,
): Promise<Response> {
  const askedAt = realNow();
  for (const event of reportsIn(call, askedAt)) note(event);
  const response = await forward();
  if (!response.ok) return response;
  const answer = await response.text();
  const seen = { seenBy: 'gateway' as const, askedAt, at: realNow() };
  for (const event of answersTo(call, answer, seen)) note(event);
  return new Response(answer, response);
}
