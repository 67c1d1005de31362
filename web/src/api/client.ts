/**
 * Sets the generated client up: the token of the session goes with every call, and whatever is not an answer that was
 * hoped for becomes a `ProblemError`. A token that is refused ends the session.
 */
import { endSession, sessionToken } from '../session/session';
import { client } from './generated/client.gen';
import { toProblemError } from './problem';

export function setUpClient(): void {
  client.setConfig({ auth: () => sessionToken() ?? undefined, baseUrl: '', throwOnError: true });
  client.interceptors.error.use((error, response) => {
    const problem = toProblemError(error, response);
    if (problem.code === 'unauthorized' && sessionToken() !== null) endSession('refused');
    return problem;
  });
}
