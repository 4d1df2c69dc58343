import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedMessage } from '#app/drill-recording/record-traffic.ts'
import { acceptFetched } from '#features/intake/index.ts'
import { connectionId } from '#kernel/id.ts'
import type { Undo } from './faults.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * Plays a recording into the sandbox at its own pace, by the drill's clock. Its bodies were masked, so that no signature of theirs
 * holds any more; each enters as a message that the hub fetched, under its recorded key, which deduplicates it as it did then.
 */
export async function replayRecording({ hub }: Sandbox, dir: string, file: string): Promise<Undo> {
  const { clock, intake, wakeWorkers, directory } = hub.core
  const begun = clock.now()
  const play = async (): Promise<void> => {
    for await (const line of createInterface({ input: createReadStream(join(dir, file)) })) {
      const message = JSON.parse(line) as RecordedMessage
      const connection = connectionId(`drill-${message.kind}`)
      if (directory.byId(connection) === null) continue
      const wait = message.afterMs - clock.now().since(begun).total('milliseconds')
      if (wait > 0) await sleep(wait)
      await acceptFetched({ intake, clock, onAccepted: wakeWorkers }, connection, 'api', {
        topic: message.topic,
        dedupKey: message.dedupKey,
        orderNo: message.orderNo,
        headers: message.headers,
        body: Buffer.from(message.body),
      })
    }
  }
  void play().catch((error: unknown) => process.stderr.write(`the recording: ${String(error)}\n`))
  return null
}
