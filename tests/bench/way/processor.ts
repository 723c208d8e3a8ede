/** The shipped processor function, with the bench's handler beside its own. */
import processor from '../../../functions/processor/index.ts';
import { registerHandlers } from '../../../shared/job_handlers.ts';
import { wayHandler } from './handler.ts';

registerHandlers([wayHandler]);

export default processor;
