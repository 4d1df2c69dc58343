import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Channel, ChannelModel } from 'amqplib'
import type { Line, OpenTcp } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import type { QueueSettings } from './settings.ts'

// The library connects by itself, past the guard of addresses; its connection over a given stream is not among its exports.
// The version is pinned, and the tests against a broker would fail with one whose inside differs.
const load = createRequire(import.meta.url)
const LIBRARY = join(dirname(load.resolve('amqplib')), 'lib')
type RawConnection = { open(fields: object, opened: (error: Error | null) => void): void }
const { Connection } = load(join(LIBRARY, 'connection.js')) as {
  Connection: new (line: Line) => RawConnection
}
const { ChannelModel: Model } = load(join(LIBRARY, 'channel_model.js')) as {
  ChannelModel: new (connection: RawConnection) => ChannelModel
}

export type Broker = {
  readonly model: ChannelModel
  readonly channel: () => Promise<Channel>
  /** The AMQP goodbye; cut after two seconds for a broker that does not answer it. */
  readonly close: () => Promise<void>
}

const OPEN_MS = 15_000
const GOODBYE_MS = 2_000
const HEARTBEAT_SECONDS = 20
const FRAME_MOST = 131_072

/** Connects and signs in. Throws `Outage` of the way out, or what the library says of the broker's answer (see `faultOf`). */
export async function openBroker(
  openTcp: OpenTcp,
  settings: QueueSettings,
  words: string,
  openMs = OPEN_MS,
): Promise<Broker> {
  const line = await openTcp({
    host: settings.host,
    port: settings.port,
    tls: settings.tls,
    timeoutMs: openMs,
  })
  line.on('error', () => undefined)
  // The library listens for `end` and `error` only; a line that is destroyed on our side tells neither.
  line.on('close', () => line.emit('error', new Error('the line closed')))
  const connection = new Connection(line)
  try {
    await greet(connection, settings, words, openMs)
  } catch (error) {
    // A broker that refuses the password leaves the line open.
    line.destroy()
    throw error
  }
  const model = new Model(connection)
  // Every end is told by `close` too, with its error.
  model.on('error', () => undefined)
  return {
    model,
    channel: () => model.createChannel(),
    close: async () => {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, GOODBYE_MS)
      await Promise.race([model.close().catch(() => undefined), late.promise])
      clearTimeout(timer)
      line.destroy()
    },
  }
}

function greet(
  connection: RawConnection,
  settings: QueueSettings,
  words: string,
  openMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new Outage(
            'http.timeout',
            `${settings.host}:${settings.port}: no AMQP greeting within ${openMs} ms`,
          ),
        ),
      openMs,
    )
    connection.open(openFields(settings, words), (error) => {
      clearTimeout(timer)
      if (error === null) resolve()
      else reject(error)
    })
  })
}

/** The fields of start-ok, tune-ok and open. */
function openFields({ user, password, vhost }: QueueSettings, words: string): object {
  return {
    clientProperties: {
      product: 'Holdfast',
      // Shown in the broker's own list of connections.
      connection_name: words,
      capabilities: { 'basic.nack': true, consumer_cancel_notify: true, authentication_failure_close: true },
    },
    mechanism: 'PLAIN',
    response: Buffer.from(`\u0000${user}\u0000${password}`),
    locale: 'en_US',
    channelMax: 0,
    frameMax: FRAME_MOST,
    heartbeat: HEARTBEAT_SECONDS,
    virtualHost: vhost,
    capabilities: '',
    insist: 0,
  }
}
