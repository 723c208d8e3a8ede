/** The real processor function, with the soak's handler beside its own. */
import processor from '../../functions/processor/index.ts';
import { registerHandlers } from '../../shared/job_handlers.ts';
import { soakHandler } from './handler.ts';

registerHandlers([soakHandler]);

export default processor;
