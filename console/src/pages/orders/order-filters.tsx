import { SearchOutlined } from '@ant-design/icons'
import { Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import type { OrdersSearch } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { DayRange } from '#/parts/day-range.tsx'
import { countNumbers, joinNumbers } from '#/parts/number-search.ts'
import { Tag } from '#/parts/tag.tsx'
import { useConnections } from './order-queries.ts'

const STATUSES = [
  'pending_payment',
  'on_hold',
  'awaiting_shipment',
  'partially_shipped',
  'shipped',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'completed',
  'returning',
  'returned',
  'refunded',
  'cancelled',
] as const
const REPORTS = ['due', 'accepted', 'refused', 'unknown'] as const
const MARKS = ['drift', 'unmatched', 'afterSale'] as const

type OrderFiltersProps = {
  readonly search: OrdersSearch
  readonly onChange: (change: { [K in keyof OrdersSearch]?: OrdersSearch[K] | undefined }) => void
}

export function OrderFilters({ search, onChange }: OrderFiltersProps) {
  const { t, word } = useWording()
  const connections = useConnections().filter((connection) => connection.role === 'channel')
  return (
    <>
      <OrderSearch value={search.q ?? ''} onSearch={(q) => onChange({ q: q || undefined })} />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="hf-filter"
        aria-label={t('orders.filter.status')}
        placeholder={t('orders.filter.status')}
        value={[...(search.status ?? [])]}
        onChange={(status: string[]) => onChange({ status: status.length > 0 ? status : undefined })}
        options={STATUSES.map((value) => ({ value, label: word('status', value) }))}
      />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="hf-filter"
        aria-label={t('orders.filter.connection')}
        placeholder={t('orders.filter.connection')}
        value={[...(search.connection ?? [])]}
        onChange={(ids: string[]) => onChange({ connection: ids.length > 0 ? ids : undefined })}
        options={connections.map(({ id, name }) => ({ value: id, label: name }))}
        optionFilterProp="label"
      />
      <DayRange
        label={t('orders.filter.dates')}
        from={search.from}
        to={search.to}
        onChange={(from, to) => onChange({ from, to })}
      />
      <Select
        allowClear
        className="hf-filter hf-filter-narrow"
        aria-label={t('orders.filter.report')}
        placeholder={t('orders.filter.report')}
        value={search.report ?? null}
        onChange={(report: string | null) => onChange({ report: report ?? undefined })}
        options={REPORTS.map((value) => ({ value, label: word('report', value) }))}
      />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        className="hf-filter hf-filter-narrow"
        aria-label={t('orders.col.marks')}
        placeholder={t('orders.col.marks')}
        value={MARKS.filter((mark) => search[mark] === '1')}
        onChange={(chosen: string[]) =>
          onChange(Object.fromEntries(MARKS.map((mark) => [mark, chosen.includes(mark) ? '1' : undefined])))
        }
        options={MARKS.map((value) => ({ value, label: t(`orders.filter.${value}`) }))}
      />
    </>
  )
}

/** Numbers pasted on many lines become one search; the badge says how many were understood. */
function OrderSearch({
  value,
  onSearch,
}: {
  readonly value: string
  readonly onSearch: (q: string) => void
}) {
  const { t } = useWording()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const numbers = countNumbers(text)
  return (
    <span data-list-search="" className="hf-search">
      <Input
        allowClear
        prefix={<SearchOutlined aria-hidden="true" />}
        suffix={numbers > 1 ? <Tag tone="neutral">{t('orders.pasted', { n: numbers })}</Tag> : <kbd>/</kbd>}
        placeholder={t('orders.search')}
        aria-label={t('orders.search')}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          if (event.target.value === '') onSearch('')
        }}
        onPaste={(event) => {
          const pasted = joinNumbers(event.clipboardData.getData('text'))
          if (!pasted.includes(' ')) return
          event.preventDefault()
          setText(pasted)
          onSearch(pasted)
        }}
        onPressEnter={(event) => {
          onSearch(joinNumbers(text))
          event.currentTarget.blur()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
    </span>
  )
}
