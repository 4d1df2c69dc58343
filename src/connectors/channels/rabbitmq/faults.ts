import { Outage } from '#kernel/outage.ts'

/** Why there is no consuming at the moment: a code of docs/errors.md and words without any secret. */
export type BrokerFault = {
  readonly code: string
  readonly words: string
  /** A person has to change something; trying again soon is of no use. */
  readonly settled: boolean
}

/** Reply codes of AMQP 0-9-1 (specification, section 1.2) as RabbitMQ uses them. */
const ACCESS_REFUSED = 403
const NOT_FOUND = 404
const RESOURCE_LOCKED = 405
const PRECONDITION_FAILED = 406
const CONNECTION_FORCED = 320
const NOT_ALLOWED = 530

/** What the client library or the way out threw, as one of our own states. `place`: what was being done. */
export function faultOf(error: unknown, place: 'opening' | 'queue' | 'open'): BrokerFault {
  if (error instanceof Outage) return { code: error.code, words: error.message, settled: !error.retryable }
  const message = error instanceof Error ? error.message : String(error)
  const code = replyCode(error, message)
  // The library quotes the broker's answer to connection.open by its name only, and the broker refuses it for nothing else.
  if (code === NOT_ALLOWED || /Expected ConnectionOpenOk; got <ConnectionClose/.test(message))
    return settled('rabbitmq.vhost', 'there is no such virtual host, or the user may not enter it')
  if (code === ACCESS_REFUSED && place === 'opening')
    return settled('rabbitmq.credentials', 'the broker does not accept this user and password')
  if (code === ACCESS_REFUSED)
    return settled('rabbitmq.access_refused', 'the user may not read this queue (permission "read")')
  if (code === NOT_FOUND) return settled('rabbitmq.queue_missing', 'there is no queue of this name')
  if (code === RESOURCE_LOCKED)
    return settled('rabbitmq.queue_locked', 'another client holds the queue for itself (exclusive)')
  if (code === PRECONDITION_FAILED && /timeout|timed out/i.test(message))
    return passing(
      'rabbitmq.ack_timeout',
      'the broker took unacknowledged messages back after its own time limit',
    )
  if (code === CONNECTION_FORCED) return passing('rabbitmq.broker_closing', 'the broker is shutting down')
  if (/Heartbeat timeout/.test(message))
    return passing('rabbitmq.silent', 'the broker was silent for too long')
  if (place === 'opening' && /hand?shake|protocol|Expected .*; got|Invalid frame|Frame size/i.test(message))
    return passing(
      'rabbitmq.handshake',
      'what answers there does not speak AMQP 0-9-1, or closed the line while greeting',
    )
  return passing(
    'rabbitmq.connection_lost',
    code === null ? 'the connection broke' : `the broker closed with ${code}`,
  )
}

export const CONSUMER_CANCELLED: BrokerFault = settled(
  'rabbitmq.consumer_cancelled',
  'the broker ended the consumer: the queue was deleted or moved to another node',
)

function settled(code: string, words: string): BrokerFault {
  return { code, words, settled: true }
}

function passing(code: string, words: string): BrokerFault {
  return { code, words, settled: false }
}

function replyCode(error: unknown, message: string): number | null {
  const given = (error as { code?: unknown } | null)?.code
  if (typeof given === 'number') return given
  const quoted = /\b(\d{3}) \([A-Z_-]+\) with message/.exec(message)?.[1]
  return quoted === undefined ? null : Number(quoted)
}
