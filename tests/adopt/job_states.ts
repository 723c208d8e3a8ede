import type postgres from 'postgres';

interface State {
  n: number;
  status: string;
  final_status: string | null;
  stop_reason: string | null;
  retry_count: number;
  execution_attempts: number;
  wait: 'none' | 'past' | 'future';
  ended: boolean;
}

const COLUMNS = `
  right(id::text, 12)::int as n, status, final_status, stop_reason, retry_count,
  execution_attempts, completed_at is not null as ended,
  case
    when next_retry_at is null then 'none'
    when next_retry_at > now() + interval '1 hour' then 'future'
    else 'past'
  end as wait
`;

/** Where each job stands, by the last digits of its id: the columns of State, in order. */
export async function jobStates(sql: postgres.Sql): Promise<unknown[][]> {
  const rows = await sql.unsafe<State[]>(`select ${COLUMNS} from puppet_jobs order by id`);
  return rows.map((row) => Object.values(row));
}
