import { filledAt, type JsonValue, objectAt, objectsAt, textAt, wholeAt } from '../../json.ts'

// What the platform sends, tolerant of every absence: a missing field is null, an id or amount is text.

export type TemplateOrder = {
  readonly no: string
  readonly status: string | null
  readonly createdAt: string | null
  readonly statusAt: string | null
  readonly updatedAt: string | null
  readonly currency: string
  readonly total: string | null
  readonly lines: readonly {
    readonly id: string
    readonly sku: string
    readonly title: string
    readonly quantity: number
    readonly price: string
  }[]
}

/** Null where the body holds no order. */
export function parseOrder(body: JsonValue): TemplateOrder | null {
  const order = objectAt(body, 'order') ?? undefined
  const no = filledAt(order, 'no')
  if (no === null) return null
  return {
    no,
    status: filledAt(order, 'status'),
    createdAt: filledAt(order, 'created_at'),
    statusAt: filledAt(order, 'status_at'),
    updatedAt: filledAt(order, 'updated_at'),
    currency: filledAt(order, 'currency') ?? 'CNY',
    total: filledAt(order, 'total'),
    lines: objectsAt(order, 'lines').flatMap((line) => {
      const [id, quantity, price] = [filledAt(line, 'id'), wholeAt(line, 'quantity'), filledAt(line, 'price')]
      if (id === null || quantity === null || quantity < 1 || quantity > 1_000_000 || price === null)
        return []
      return { id, sku: filledAt(line, 'sku') ?? '', title: textAt(line, 'title') ?? '', quantity, price }
    }),
  }
}
