import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Everything that `/metrics` shows. `kind` is the connector's kind, never a shop's name or an order. */
export type Metrics = {
  readonly registry: Registry
  readonly received: Counter<'kind'>
  readonly accepted: Counter<'kind'>
  readonly rejected: Counter<'kind' | 'code'>
  readonly duplicate: Counter<'kind'>
  readonly parked: Counter<'kind' | 'code'>
  readonly interpreted: Counter<'kind'>
  /** Seconds from the request's first byte to the acknowledgement handed to the socket. */
  readonly ingestSeconds: Histogram<'kind'>
  /** Seconds from receipt to the order being visible. */
  readonly lagSeconds: Histogram<'kind'>
  /** The same for each lane; an operator makes those, so there are not many. */
  readonly laneLagSeconds: Histogram<'lane'>
  readonly inboxPending: Gauge
  readonly inboxParked: Gauge
  readonly inboxOldestSeconds: Gauge
  readonly ingestQueue: Gauge
  readonly outbox: Gauge<'state'>
  readonly dead: Gauge
  readonly effects: Counter<'effect' | 'outcome'>
  readonly stockTold: Counter<'kind' | 'outcome'>
  /** Calls of connections, by what they said of the platform; `held`: kept back by breaker or budget. */
  readonly outwardCalls: Counter<'kind' | 'outcome'>
  readonly outwardWaitSeconds: Histogram<'kind'>
  readonly breakers: Gauge<'state'>
  readonly jobs: Gauge<'state'>
  /** Changes that warehouses told, and how long after their commit there they were in the ledger. */
  readonly captureChanges: Counter<'warehouse'>
  readonly captureLagSeconds: Histogram<'warehouse'>
  readonly fallbackAsks: Counter<'kind' | 'outcome'>
  readonly ruleDecisions: Counter<'kind' | 'outcome' | 'arm'>
  /** Facts that a poll proved and no push had brought. */
  readonly fallbackFound: Counter<'kind'>
  readonly databaseUp: Gauge
  /** 0 normal, 1 the spool stands in for the database. */
  readonly level: Gauge
  readonly spoolRecords: Gauge
  readonly spoolBytes: Gauge
  readonly httpRequests: Counter<'route' | 'status'>
}

const FAST = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
const SLOW = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 90, 300, 1800]

/** A registry of its own per hub, so that two hubs in one process (tests) do not add up. */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (options.process === true) collectDefaultMetrics({ register: registry, prefix: 'holdfast_' })
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name: `holdfast_${name}`, help, labelNames, registers })
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name: `holdfast_${name}`, help, labelNames, registers })
  const histogramBy = <L extends string>(
    labelNames: L[],
    name: string,
    help: string,
    buckets: number[],
  ): Histogram<L> => new Histogram({ name: `holdfast_${name}`, help, labelNames, buckets, registers })
  const histogram = (name: string, help: string, buckets: number[]): Histogram<'kind'> =>
    histogramBy(['kind'], name, help, buckets)
  return {
    registry,
    received: counter('messages_received_total', 'messages that reached the gateway', ['kind']),
    accepted: counter('messages_accepted_total', 'messages committed to the inbox and acknowledged', [
      'kind',
    ]),
    rejected: counter('messages_rejected_total', 'messages refused: forged, stale or malformed', [
      'kind',
      'code',
    ]),
    duplicate: counter('messages_duplicate_total', 'redeliveries answered like their first delivery', [
      'kind',
    ]),
    parked: counter('messages_parked_total', 'messages whose reading was refused', ['kind', 'code']),
    interpreted: counter('messages_interpreted_total', 'messages read and joined into orders', ['kind']),
    ingestSeconds: histogram('ingest_seconds', 'receipt to durable acknowledgement', FAST),
    lagSeconds: histogram('lag_seconds', 'receipt to visible order', SLOW),
    laneLagSeconds: histogramBy(['lane'], 'lane_lag_seconds', 'receipt to visible order, by lane', SLOW),
    inboxPending: gauge('inbox_pending', 'messages waiting to be interpreted'),
    inboxParked: gauge('inbox_parked', 'messages parked with a reason'),
    inboxOldestSeconds: gauge('inbox_oldest_seconds', 'age of the oldest waiting message'),
    ingestQueue: gauge('ingest_queue', 'requests waiting for the next commit'),
    outbox: gauge('outbox_intents', 'intents by state', ['state']),
    dead: gauge('outbox_dead', 'intents given up, waiting for a person'),
    stockTold: counter('channel_stock_told_total', 'listings whose stock a channel was told, by its answer', [
      'kind',
      'outcome',
    ]),
    effects: counter('effects_total', 'calls made to the outside, by outcome', ['effect', 'outcome']),
    outwardCalls: counter('outward_calls_total', 'calls of connections, by outcome', ['kind', 'outcome']),
    outwardWaitSeconds: histogram('outward_wait_seconds', 'wait of a call for its budget', FAST),
    breakers: gauge('breakers', 'breakers that are not closed, by state', ['state']),
    jobs: gauge('jobs', 'jobs by state', ['state']),
    captureChanges: counter('capture_changes_total', 'stock changes that warehouses told', ['warehouse']),
    captureLagSeconds: histogramBy(['warehouse'], 'capture_lag_seconds', 'commit there to ledger', SLOW),
    fallbackAsks: counter('fallback_asks_total', 'questions of the fallback poll, by how they ended', [
      'kind',
      'outcome',
    ]),
    ruleDecisions: counter('rule_decisions_total', 'decisions of rules', ['kind', 'outcome', 'arm']),
    fallbackFound: counter(
      'fallback_found_facts_total',
      'facts that a poll found before any push told them',
      ['kind'],
    ),
    databaseUp: gauge('database_up', '1 when the database answers'),
    level: gauge('level', '0 normal, 1 messages go to the local disk'),
    spoolRecords: gauge('spool_records', 'messages on the local disk that wait to be merged'),
    spoolBytes: gauge('spool_bytes', 'bytes of the spool that wait to be merged'),
    httpRequests: counter('http_requests_total', 'answered API requests', ['route', 'status']),
  }
}
