/**
 * Lets each try of a kafkajs send begin anew, so that no record is left out.
 *
 * kafkajs 2.2.4 remembers during the tries of one send which brokers have answered, and does not ask these again. If a
 * partition moves meanwhile to such a broker, its records are never sent. Yet the send reports success (tulios/kafkajs#1303).
 * Here a failed try forgets all answers. What the brokers had taken in it is sent again, so records may be repeated.
 */
type Bail = (error: Error) => void;
type Attempt<Result> = (bail: Bail, retryCount: number, retryTime: number) => Promise<Result>;
type Retrier = <Result>(attempt: Attempt<Result>) => Promise<Result>;

type Send = (given: unknown) => Promise<unknown>;
/** `sendMessages` of kafkajs: it is made with a retrier, and sends whatever it is given. */
export type MakeSend = (parts: { readonly retrier: Retrier }) => Send;

export function sendAnew(makeSend: MakeSend): MakeSend {
  return (parts) => {
    const inVain = new WeakSet<Error>();
    const once: Retrier = (attempt) =>
      new Promise((resolve, reject) => {
        const bail = (error: Error): void => {
          inVain.add(error);
          reject(error);
        };
        attempt(bail, 0, 0).then(resolve, reject);
      });
    const sendOnce = makeSend({ ...parts, retrier: once });
    return (given) =>
      parts.retrier(async (bail) => {
        try {
          return await sendOnce(given);
        } catch (error) {
          if (error instanceof Error && inVain.has(error)) bail(error);
          throw error;
        }
      });
  };
}
