import type { Mutant } from './mutant.ts'

export const CONNECTOR_MUTANTS: readonly Mutant[] = [
  {
    id: 'connectors.signature-unchecked',
    area: 'connectors',
    file: 'src/connectors/digest.ts',
    find: 'return a.length === b.length && timingSafeEqual(a, b)',
    put: 'return a.length === b.length',
    says: 'any signature of the right length is believed',
  },
  {
    id: 'connectors.offset-dropped',
    area: 'connectors',
    file: 'src/kernel/source-time.ts',
    find: 'ms + millis - (sign === 43 ? offset : -offset) * 60_000,',
    put: 'ms + millis,',
    says: 'the offset of a time is dropped: 18:44+01:00 is read as 18:44 UTC',
  },
  {
    id: 'connectors.beijing-is-utc',
    area: 'connectors',
    file: 'src/kernel/source-time.ts',
    find: '[BEIJING]: [1992, 480],',
    put: '[BEIJING]: [1992, 0],',
    says: 'Beijing times without an offset are read as UTC, eight hours late',
  },
  {
    id: 'connectors.part-refund-ends-order',
    area: 'connectors',
    file: 'src/connectors/channels/shopify/codes.ts',
    find: "entry('refund:money', 'part_refunded',",
    put: "entry('refund:money', 'refunded',",
    says: 'a refund of one line ends the whole order',
  },
  {
    id: 'connectors.risk-review-is-clear',
    area: 'connectors',
    file: 'src/connectors/channels/pinduoduo/codes.ts',
    find: "entry('risk_control_status:1', 'held',",
    put: "entry('risk_control_status:1', 'released',",
    says: 'an order under risk review is shipped',
  },
  {
    id: 'connectors.amount-through-float',
    area: 'connectors',
    file: 'src/connectors/channels/pinduoduo/content.ts',
    find: "return text === null ? ok(null) : parseMoney(text, 'CNY')",
    put: "return text === null ? ok(null) : ok(money('CNY', BigInt(Math.floor(Number(text) * 100))))",
    says: 'amounts go through a floating-point number and lose a fen here and there',
  },
  {
    id: 'connectors.gifts-are-sold',
    area: 'connectors',
    file: 'src/connectors/channels/pinduoduo/content.ts',
    find: "['gift_list', true],",
    put: "['gift_list', false],",
    says: 'what a platform lists as gifts is read as goods that were sold',
  },
  {
    id: 'connectors.version-is-creation',
    area: 'connectors',
    file: 'src/connectors/channels/shopify/read.ts',
    find: 'const version = versionOf(timeOf(order.updatedAt ?? order.createdAt).instant)',
    put: 'const version = versionOf(timeOf(order.createdAt).instant)',
    says: 'every state of an order has the same version, so chance decides which one stands',
  },
  {
    id: 'connectors.last-event-repeated',
    area: 'connectors',
    file: 'src/connectors/carriers/dhl/read.ts',
    find: "const says = status !== null && filledAt(status, 'statusCode') !== null && !isTold",
    put: "const says = status !== null && filledAt(status, 'statusCode') !== null && events.length === 0",
    says: 'a status that no event repeats is not read where there are other events',
    unseen: 'DHL does not travel in this world',
  },
  {
    id: 'connectors.refusal-not-looked-into',
    area: 'connectors',
    file: 'src/connectors/channels/youzan/client.ts',
    find: `  if (trade.ok && hasParcel(trade.value, report.trackingNo))
    return { outcome: 'accepted', words: 'already confirmed with this number' }
`,
    put: '',
    says: 'a shop that refuses a shipment because it has it already is believed',
    unseen:
      'harmless alone: whoever reports asks the channel as well, before it repeats and after a refusal; planted together with both',
  },
]
