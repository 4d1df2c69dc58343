import { Type } from 'typebox'
import type { FreightQuote } from '#domain/fulfilment.ts'
import { money } from '#kernel/money.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { MoneyJson, moneyToJson, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { oneShop } from '#platform/http/shops.ts'
import { type QuoteAnswer, type QuoteAsk, type QuoteDeps, quoteFreight } from './quote.ts'

export type FreightQuoteDeps = QuoteDeps

const ASKS_MOST = 200
const Amount = (description: string) =>
  Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,6})?$', description: `${description}; major unit, 99.00` })
const Text = (most: number) => Type.String({ maxLength: most })
const Ref = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'comes back with the answer; decides whether it is among the gray share of a new version',
})
const Shop = Type.String({ maxLength: 80, description: 'id of the connection' })
const Parcels = Type.Integer({ minimum: 1, maximum: 500, default: 1 })

const Described = Type.Object(
  {
    ref: Type.Optional(Ref),
    source: Type.Optional(Type.String({ maxLength: 80, description: '`douyin`, `pinduoduo`...' })),
    shop: Type.Optional(Shop),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', default: 'CNY' })),
    amount: Amount('what the buyer pays'),
    goodsAmount: Type.Optional(Amount('of the goods; the sum of the items without it')),
    shippingPaid: Type.Optional(Amount('freight that the buyer paid')),
    discount: Type.Optional(Amount('discounts')),
    customer: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            nullable(Type.String({ maxLength: 40, description: 'name of a level; else by the other two' })),
          ),
          orderCount: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
          spent: Type.Optional(nullable(Amount('paid for earlier orders'))),
        },
        { additionalProperties: false, description: 'left out: nobody knows' },
      ),
    ),
    to: Type.Object(
      {
        country: Type.Optional(Text(80)),
        province: Type.Optional(Text(200)),
        city: Type.Optional(Text(200)),
        district: Type.Optional(Text(200)),
        address: Type.Optional(
          Type.String({ maxLength: 500, description: 'read where the other parts are not enough' }),
        ),
      },
      { additionalProperties: false },
    ),
    items: Type.Optional(
      Type.Array(
        Type.Object(
          {
            sku: Type.String({ minLength: 1, maxLength: 200 }),
            quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
            title: Type.Optional(Text(500)),
            unitPrice: Type.Optional(Amount('of one piece')),
            weightG: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: 10_000_000,
                description: 'of one piece; else as the SKU profile has it',
              }),
            ),
            volumeCm3: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
            tags: Type.Optional(Type.Array(Text(80), { maxItems: 50 })),
            gift: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        { maxItems: 500 },
      ),
    ),
    weightG: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000_000, description: 'of everything; wins over the items' }),
    ),
    volumeCm3: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    promotions: Type.Optional(Type.Array(Text(200), { maxItems: 100 })),
    buyerNote: Type.Optional(Text(2_000)),
    sellerNote: Type.Optional(Text(2_000)),
    parcels: Type.Optional(Parcels),
  },
  { additionalProperties: false, title: 'FreightAsk' },
)
const Stored = Type.Object(
  {
    ref: Type.Optional(Ref),
    orderNos: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      minItems: 1,
      maxItems: 20,
      description: 'orders of the hub; several are quoted as one parcel, and the freight is shared by amount',
    }),
    shop: Type.Optional(Shop),
    parcels: Type.Optional(Parcels),
  },
  { additionalProperties: false, title: 'FreightOrderAsk' },
)

export const QuoteJson = Type.Object({
  freight: MoneyJson,
  parts: Type.Array(Type.Object({ node: Type.String(), label: Type.String(), amount: Type.String() }), {
    description: 'in the order in which the rules named them; they add up to the freight',
  }),
  carrier: nullable(Type.String()),
})
const Words = Type.Object({ zh: Type.String(), en: Type.String() })
const AnswerJson = Type.Object(
  {
    ref: nullable(Type.String()),
    outcome: oneOf(['quoted', 'review', 'no_rules', 'refused'], {
      description:
        'review: the rules leave it to a person; no_rules: none is live for it; refused: the question is at fault',
    }),
    quote: nullable(QuoteJson),
    shares: Type.Array(Type.Object({ orderNo: Type.String(), quote: QuoteJson })),
    version: nullable(
      Type.Object({
        setId: Type.String(),
        versionId: Type.String(),
        number: Type.Integer(),
        arm: oneOf(['live', 'gray']),
      }),
    ),
    path: Type.Array(
      Type.Object({ node: Type.String(), way: nullable(Type.String()), row: Type.Optional(Type.Integer()) }),
    ),
    reason: nullable(Type.Object({ code: Type.String(), node: nullable(Type.String()), words: Words })),
    refusal: nullable(
      Type.Object({ code: Type.String(), detail: Type.String(), data: Type.Optional(Type.Unknown()) }),
    ),
  },
  { title: 'FreightAnswer' },
)

/** What orders would cost to send, for programs: reads, and changes nothing. */
export function freightQuoteRoutes(app: HttpApp, deps: FreightQuoteDeps): void {
  app.post(
    '/freight/quote',
    {
      config: { scope: 'freight:quote', shops: 'narrowed' },
      schema: {
        tags: ['freight'],
        summary: 'Freight of described or stored orders, by the rules that are live',
        description: `At most ${ASKS_MOST} in a call; answers come in the order of the questions, each with its own outcome. The same question meets the same version.`,
        body: Type.Object(
          { items: Type.Array(Type.Union([Stored, Described]), { minItems: 1, maxItems: ASKS_MOST }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ items: Type.Array(AnswerJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const asks: QuoteAsk[] = []
      for (const ask of request.body.items as readonly QuoteAsk[]) {
        const shop = oneShop(actorOf(request), ask.shop ?? null)
        if (!shop.ok) return sendRefusal(reply, shop.refusal)
        asks.push(shop.value === null ? ask : { ...ask, shop: shop.value })
      }
      const answers = await quoteFreight(deps, asks)
      return { items: answers.map(answerJson) }
    },
  )
}

function answerJson({ ref, outcome, quote, shares, decision, chosen, refusal }: QuoteAnswer) {
  return {
    ref,
    outcome,
    quote: quote === null ? null : quoteJson(quote),
    shares: shares.map((share) => ({ orderNo: share.orderNo, quote: quoteJson(share.quote) })),
    version:
      chosen === null
        ? null
        : {
            setId: chosen.setId.toString(),
            versionId: chosen.versionId.toString(),
            number: chosen.number,
            arm: chosen.arm,
          },
    path: (decision?.path ?? []).map(({ node, way, row }) => ({
      node,
      way,
      ...(row === undefined ? {} : { row }),
    })),
    reason: decision?.reason ?? null,
    refusal,
  }
}

export function quoteJson({ currency, amountMinor, parts, carrier }: FreightQuote) {
  return {
    freight: moneyToJson(money(currency, amountMinor)),
    parts: parts.map((part) => ({
      node: part.node,
      label: part.label,
      amount: moneyToJson(money(currency, part.amountMinor)).amount,
    })),
    carrier,
  }
}
