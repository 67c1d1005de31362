/**
 * Lets every attempt of kafkajs to send records begin anew.
 *
 * kafkajs 2.2.4 keeps, over the attempts of one send, which brokers have answered, and asks these no more. When a partition
 * has meanwhile moved to one of them, as its broker died or was restarted, its records are never sent, and the send says
 * that they are on the topic (tulios/kafkajs#1303). Here an attempt that fails forgets all answers, so what was taken in
 * it is sent again: records may be repeated, none is left out.
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
