/** A promise that no look at a database shows (a speed, an answer, what was not sent), with the test that shows it. */
export type ShownElsewhere = {
  /** The feature's folder or the spec's name, and the id. */
  readonly id: string
  readonly test: string
  /** A part of the name of a test in that file. */
  readonly named: string
}

/** By test file: the ids that it shows, each with a part of the name of the test that does. */
const SHOWN_BY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'src/connectors/carriers/hub-events.test.ts': {
    'waybills/WB7': 'a carrier that quotes our own waybill reference',
  },
  'src/features/alerting/alerting.pg.test.ts': {
    'alerting/AL5': 'acknowledged as a warning, then critical: told and escalated anew',
    'alerting/AL6': 'a notice that its notifier may not send goes by the backup, once; one',
  },
  'src/features/alerting/core/decide-notices.props.test.ts': {
    'alerting/AL4': 'everything that stays open and is neither silenced nor acknowledged',
  },
  'src/features/alerting/core/decide-notices.test.ts': {
    'alerting/AL8': 'what comes back within a minute was never over',
  },
  'src/features/alerting/telling.pg.test.ts': {
    'alerting/AL7': 'a look that hangs is an outage, and what nobody tells any more goes',
    'alerting/AL9': 'while the database is away people hear of it once, and its return is',
  },
  'src/features/backlog/backlog.pg.test.ts': {
    'backlog/BL1': 'a flood costs no more than the count’s limit: answered from the',
    'backlog/BL6': 'lanes are counted with their parked messages, and a replay’s old',
  },
  'src/features/backlog/core/limits.test.ts': {
    'backlog/BL2': 'a depth that swings around the limit opens once and closes once',
  },
  'src/features/backlog/core/rates.test.ts': {
    'backlog/BL4': 'the projection is depth over what drains more than arrives, and null',
  },
  'src/features/backlog/core/worker-target.test.ts': {
    'backlog/BL3': 'no flapping: a step down comes only after 20 s of calm, a step up',
  },
  'src/features/backlog/dead-letters.http.test.ts': {
    'backlog/BL5': 'a group is previewed, then replayed; nothing is done to the outside',
  },
  'src/features/buyer-view/buyer-view.http.test.ts': {
    'buyer-view/BV1': 'wrong digits, an unknown number, a sealed recipient and none at all',
    'buyer-view/BV2': 'five wrong tries lock a number for 15 minutes, in every process and',
  },
  'src/features/buyer-view/core/mask-words.test.ts': {
    'buyer-view/BV3': 'phones and the names behind a role are hidden',
  },
  'src/features/callback-health/callback-health.http.test.ts': {
    'callback-health/CH3': 'a promotion is not silence, and what comes after it is judged by the',
    'callback-health/CH4': 'a stream counts, a poll only where nothing is pushed: it must not',
    'callback-health/CH5': 'addresses: as typed, as the platform tells',
  },
  'src/features/callback-health/core/rhythm.test.ts': {
    'callback-health/CH2': 'an even rate is learned as it is, and silence under it is found when',
  },
  'src/features/capture/capture.pg.test.ts': {
    'capture/CA3': 'of two processes one follows, and the other takes over when it ends',
    'capture/CA4': 'the first snapshot is opening stock; a difference that nothing',
  },
  'src/features/capture/core/core.test.ts': {
    'capture/CA6': 'a disputed place goes down with the source, never up, and ends when',
  },
  'src/features/capture/hub-kill.services.test.ts': {
    'capture/CA10': 'hubs that are killed in the middle of taking changes lose none and',
  },
  'src/features/capture/kill.pg.test.ts': {
    'capture/CA1': 'killed between every two statements, nothing is lost and nothing is',
  },
  'src/features/capture/order.pg.test.ts': {
    'capture/CA8': 'a clock that went back, a row that is replaced and one made anew with',
    'capture/CA9': 'one message with a version far ahead freezes a place for minutes at',
  },
  'src/features/connections/connections.pg.test.ts': {
    'connections/C6': 'a test call keeps its outcome without secrets, and ends at its',
  },
  'src/features/connections/core/settings.test.ts': {
    'connections/C2': 'each fault has its code',
    'connections/C3': 'every spelling of an inner address is seen',
    'connections/C7': 'a secret goes to another address only when it was typed for it',
  },
  'src/features/credentials/core/credentials.test.ts': {
    'credentials/CR1': 'of one field the connector is believed before the value',
    'credentials/CR2': 'refusals of carriers and shops speak of one of five troubles; what is',
  },
  'src/features/credentials/credentials.pg.test.ts': {
    'credentials/CR5': 'without a secret',
  },
  'src/features/drift/http.http.test.ts': {
    'drift/DR2': 'longest first, page by page',
  },
  'src/features/drills/core/command.test.ts': {
    'drills/DR1': 'DR1 one drill a person, as many as the hub takes, and none where',
    'drills/DR2': 'DR2 only the person who trains commands it; an administrator may end',
    'drills/DR4': 'a drill that is over takes no command, one that is being built only',
  },
  'src/features/drills/drills.http.test.ts': {
    'drills/DR3': 'a drill from its start to its debrief; nothing shown before the end',
    'drills/DR5': 'DR5 a sandbox that dies fails its drill; so do the drills of a',
    'drills/DR6': 'DR6 own scenarios: checked with lines, whole on the disk, replaced',
  },
  'src/features/fallback/core/decide-watch.test.ts': {
    'fallback/FB3': 'whatever is known, a finished order asks for nothing and no subject',
  },
  'src/features/fallback/core/next-ask.test.ts': {
    'fallback/FB2': 'more fruitless questions never make the next one come sooner',
  },
  'src/features/fallback/fallback.pg.test.ts': {
    'fallback/FB4': 'a connection that is away is left alone as long as it asks, its',
  },
  'src/features/freight/core/quote.props.test.ts': {
    'freight/FR-2': 'FR-2: shared over merged orders, every part and the amount come out',
  },
  'src/features/freight/core/quote.test.ts': {
    'freight/FR-3': 'what is no freight is refused: nothing named',
  },
  'src/features/freight/core/tiers.test.ts': {
    'freight/FR-4': 'nobody ordered before: new; once: old; a buyer who is not known has',
  },
  'src/features/identity/core/throttle.test.ts': {
    'identity/I5': 'five failures are free, then the wait doubles from 30 s',
  },
  'src/features/identity/identity.http.test.ts': {
    'identity/I6': 'a write needs the CSRF token of its own session',
    'identity/I9': 'never with more than their maker holds',
    'identity/I11': 'guessing the present password from an open session is throttled like',
  },
  'src/features/identity/identity.pg.test.ts': {
    'identity/I2': 'signing in ends the session it came with',
    'identity/I4': 'wrong name, wrong password and disabled answer alike',
  },
  'src/features/imports/imports.pg.test.ts': {
    'imports/IM1': 'IM1: imported twice, shuffled and in pieces, the orders are the same',
    'imports/IM3': 'IM3: rows of one order come together from anywhere in the file; a bad',
    'imports/IM5': 'IM1 IM4 IM5',
  },
  'src/features/inbound/core/core.test.ts': {
    'inbound/IN1': 'UTF-8 is text, with its byte order mark; GBK and zero bytes are base64',
    'inbound/IN2': 'signatures and tokens never show, everything else does',
    'inbound/IN3': 'a message id names its UTC day and number, and reads back',
  },
  'src/features/inbound/http.http.test.ts': {
    'inbound/IN4': 'replay takes ids or everything a filter holds, accepted messages only',
    'inbound/IN5': 'a selection of more than 5,000 is counted honestly',
  },
  'src/features/intake/core/schedule.props.test.ts': {
    'lanes/LA2': 'in an overload each lane gets its weight’s share, to within a batch',
  },
  'src/features/intake/interpret.pg.test.ts': {
    'intake/IN5': 'a decided code takes effect by replay, and the preview says so',
  },
  'src/features/intake/join.props.pg.test.ts': {
    'intake/IN4': 'OS1: permutation, duplication, batching and number of workers do not',
  },
  'src/features/intake/receive.pg.test.ts': {
    'intake/IN1': 'what cannot be kept is answered in the words that make the platform',
  },
  'src/features/intake/track.http.test.ts': {
    'intake/IN7': 'forgeries without end are refused and counted, and only so many are',
    'logistics/L1': 'who is nobody, forges, is late or writes nonsense',
    'logistics/L2': 'sent again it is one fact',
    'logistics/L3': 'a word that the format does not have is parked',
  },
  'src/features/intake/workers.pg.test.ts': {
    'lanes/LA3': 'two processes together have no more batches of a lane under way than',
    'lanes/LA5': 'a poisoned message holds up neither its lane nor another, and is',
  },
  'src/features/labels/after-drawing.http.test.ts': {
    'labels/LB6': 'a document for a print component is not queued',
  },
  'src/features/labels/core/layout.test.ts': {
    'labels/LB1': 'problems are told by field',
  },
  'src/features/labels/labels.http.test.ts': {
    'labels/LB7': 'a batch that we drew passes our own font check',
  },
  'src/features/lanes/lanes.pg.test.ts': {
    'lanes/LA4': 'a lane above its depth takes no more until it drained; the others do',
    'lanes/LA6': 'traffic is added up over processes, survives an outage in memory and',
  },
  'src/features/lock-health/core/rates.test.ts': {
    'lock-health/LH3': 'a shortage lowers the rate and not the technical rate; a time-out',
    'lock-health/LH4': 'two bad hours in a row are told, with their sum',
  },
  'src/features/lock-health/lock-health.http.test.ts': {
    'lock-health/LH1': 'what cannot be written waits, and a flood keeps its count if not its',
  },
  'src/features/look-back/core/settle.test.ts': {
    'look-back/LB2': 'what another message proves is not taken back; what only the message',
  },
  'src/features/look-back/look-back.pg.test.ts': {
    'look-back/LB1': 'an unchanged reader finds nothing',
    'look-back/LB5': 'LG3: the DHL incident: 16 re-ships were proven by the old reading,',
  },
  'src/features/mapping/mapping.pg.test.ts': {
    'mapping/M5': 'recorded messages are read again only where',
  },
  'src/features/number-pools/core/pools.test.ts': {
    'number-pools/NP5': 'a balance is the only one of its carrier, or the one that bears our',
  },
  'src/features/number-pools/number-pools.pg.test.ts': {
    'number-pools/NP3': 'several processes, some killed',
  },
  'src/features/operations/http.http.test.ts': {
    'operations/OP2': 'retrying makes due what can be',
    'operations/OP4': 'a job is cancelled while it is to be done and resumed once it has',
  },
  'src/features/order-stock/order-stock.http.test.ts': {
    'order-stock/OK4': 'a release that is not enough changes nothing at all',
  },
  'src/features/outward/budgets.pg.test.ts': {
    'outward/OW2': 'three processes together stay within rate x window + burst',
    'outward/OW3': 'a burst queues and does not fail; what cannot go in time is told at',
  },
  'src/features/outward/outward.pg.test.ts': {
    'outward/OW1': 'connections of one application share its budget',
    'outward/OW7': 'with the database away a process goes by its own counts, probes by',
  },
  'src/features/promises/core/clocks.test.ts': {
    'promises/PM3': 'the last parcel decides when a promise was kept',
  },
  'src/features/pull/core/poll-plan.test.ts': {
    'pull/PU5': 'what is not named stays, and every number has its bounds',
  },
  'src/features/pull/pull.pg.test.ts': {
    'pull/PU2': 'what is known already is a duplicate',
    'pull/PU3': 'two processes never poll one connection at the same time',
    'pull/PU4': 'a stream follows its connection: settings begin it anew, a pause ends',
  },
  'src/features/recovery/recovery.pg.test.ts': {
    'recovery/RC2': 'a folder is merged once',
    'recovery/RC3': 'a copy that was merged while the segment still grew covers only its',
    'recovery/RC5': 'covers only its own length',
  },
  'src/features/reshipments/core/proof.props.test.ts': {
    'reshipments/RS2': 'no second shipment without a proof that stands',
    'reshipments/RS6': 'a grant is used up by the parcel that it sent',
  },
  'src/features/review/review.http.test.ts': {
    'review/RV4': 'trouble that comes back is a new case; one that a person answered is',
    'review/RV6': 'more than two thousand are changed by a job, exactly those that were',
    'review/RV7': 'the sheet is the view, hottest first, and nothing in it is a formula',
  },
  'src/features/review/sweep.props.pg.test.ts': {
    'review/RV2': 'after every sweep each order in trouble has exactly one open case',
  },
  'src/features/rulebook/core/choose.test.ts': {
    'rulebook/R3': 'an order never flips while its version may decide, and falls back',
  },
  'src/features/sellable/core/sellable.props.test.ts': {
    'sellable/SE4': 'one more piece anywhere never lowers any figure; the quota never',
  },
  'src/features/sellable/core/sellable.test.ts': {
    'sellable/SE3': 'a gift follows its main product in proportion: hard where that',
  },
  'src/features/settings/settings.http.test.ts': {
    'settings/S1': 'S1: what cannot be used is refused and nothing changes',
    'settings/S2': 'S2: nothing set is the environment; a stored value that makes no',
    'settings/S3': 'kept, audited, and heard by another process',
  },
  'src/features/sku-profiles/core/profile.props.test.ts': {
    'sku-profiles/PR2': 'a change made twice is one; what it leaves out stays',
  },
  'src/features/sku-profiles/core/read-list.test.ts': {
    'sku-profiles/PR3': 'every fault is named by row and column',
    'sku-profiles/PR4': 'a part of a gram is rounded up: what is weighed must not come out',
  },
  'src/features/sku-profiles/sku-profiles.http.test.ts': {
    'sku-profiles/PR5': 'an export comes back as an import that changes nothing; a code is',
  },
  'src/features/skus/core/parse-csv.test.ts': {
    'skus/SK4': 'each fault names its row as a spreadsheet counts it; good rows stand',
  },
  'src/features/skus/http.http.test.ts': {
    'skus/SK2': 'a corrected mapping holds for waiting lines, and on request for',
  },
  'src/features/sourcing/core/source.props.test.ts': {
    'sourcing/SO3': 'the answer is as good as the best of all ways, on',
    'sourcing/SO4': 'the order of units, groups, parcels, bindings and warehouses changes',
  },
  'src/features/sourcing/sourcing.http.test.ts': {
    'sourcing/SO5': 'a list of lanes is taken whole or not at all, and the closest lane',
    'sourcing/SO6': 'orders of a warehouse that closes are sourced anew: what left, is',
  },
  'src/features/splitting/core/split-order.props.test.ts': {
    'splitting/SP-4': 'and amounts add up',
    'splitting/SP-5': 'the order of units, bindings and named lines makes no difference',
    'splitting/SP-6': 'small orders are packed into as few parcels as trying every way finds',
  },
  'src/features/tracking/tracking.http.test.ts': {
    'tracking/TR5': 'LG1: completeness is what pushes told of all; what another source',
  },
  'src/features/transfers/core/hand-over.props.test.ts': {
    'transfers/TR6': 'what is held twice is given back to exactly the demand, the newest',
  },
  'src/features/unlocks/unlocks.http.test.ts': {
    'unlocks/UL5': 'a printed label wants an administrator; goods that left are never',
    'unlocks/UL6': 'what the approver saw must still hold',
  },
  'src/features/warehouses/core/read-list.test.ts': {
    'warehouses/WH3': 'every wrong cell is told by row and column',
    'warehouses/WH4': 'a row says what its cells say and no more',
  },
  'src/features/webhooks/webhooks.http.test.ts': {
    'webhooks/WE4': 'an event is told once, signed, with nothing of a person',
  },
  'src/platform/outbox/dispatcher.pg.test.ts': {
    'outward/OW5': 'uses no attempt, however often',
  },
  'tests/outage.pg.test.ts': {
    'shipment-report/SR2': 'a report whose answer was lost is looked up',
  },
  'tests/security/shops.pg.test.ts': {
    'identity/I12': 'every route is closed to who is confined, but for those that are listed',
  },
  'tests/stock-conformance/cluster-losses.services.test.ts': {
    'stock-gate/SG4': 'an order over several slots has all or nothing',
    'stock-gate/SG6': 'a replica that is behind is promoted',
  },
  'tests/stock-conformance/crashes.ts': {
    'stock-gate/SG2': 'killed between any two steps',
  },
  'tests/stock-conformance/races.ts': {
    'stock-lock/ST-10': 'baskets in every order: no two wait for each other',
  },
  'tests/stock-conformance/redis-losses.services.test.ts': {
    'stock-gate/SG3': 'a figure in Redis that is too low refuses nobody',
    'stock-gate/SG7': 'what others changed is followed within 200 ms',
    'stock-lock/ST-12': 'a server that stands still costs its time-out once',
  },
  'tests/stock-conformance/suite.ts': {
    'stock-gate/SG1': 'Redis, where there is one, took part',
  },
}

export const ELSEWHERE: readonly ShownElsewhere[] = Object.entries(SHOWN_BY).flatMap(([test, shown]) =>
  Object.entries(shown).map(([id, named]) => ({ id, test, named })),
)
