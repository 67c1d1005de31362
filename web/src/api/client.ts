/**
 * Sets the generated client up: the token of the session goes with every call, or the header with which the service takes
 * its cookie. Whatever is not an answer that was hoped for becomes a `ProblemError`. A token or a cookie that is refused
 * ends the session.
 */
import { credential, endSession } from '../session/session';
import { client } from './generated/client.gen';
import { toProblemError } from './problem';
import { noteServiceTime } from './service-clock';

export function setUpClient(): void {
  client.setConfig({ auth: token, headers: { 'X-CSRF': '1' }, baseUrl: '', throwOnError: true });
  client.interceptors.response.use((response) => {
    noteServiceTime(response);
    return response;
  });
  client.interceptors.error.use((error, response) => {
    const problem = toProblemError(error, response);
    const session = credential();
    if (problem.code === 'unauthorized' && session !== null)
      endSession(session === 'cookie' ? 'expired' : 'refused');
    return problem;
  });
}

function token(): string | undefined {
  const session = credential();
  return session === null || session === 'cookie' ? undefined : session.token;
}
