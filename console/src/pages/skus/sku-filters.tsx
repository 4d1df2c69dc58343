import { SearchOutlined } from '@ant-design/icons'
import { Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useConnections } from '#/api/systems.ts'
import type { SkusPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'

export type SkusChange = { [K in keyof SkusPlace]?: SkusPlace[K] | undefined }

export function useShops() {
  return useConnections().filter((connection) => connection.role === 'channel')
}

export function SkuSearch({
  label,
  value,
  onSearch,
}: {
  readonly label: string
  readonly value: string
  readonly onSearch: (q: string | undefined) => void
}) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  return (
    <span data-list-search="" className="hf-search">
      <Input
        allowClear
        prefix={<SearchOutlined aria-hidden="true" />}
        suffix={<kbd>/</kbd>}
        placeholder={label}
        aria-label={label}
        maxLength={100}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          if (event.target.value === '') onSearch(undefined)
        }}
        onPressEnter={(event) => {
          onSearch(text.trim() || undefined)
          event.currentTarget.blur()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
    </span>
  )
}

export function UnmatchedFilters({
  place,
  onChange,
}: {
  readonly place: SkusPlace
  readonly onChange: (change: SkusChange) => void
}) {
  const { t } = useWording()
  return (
    <>
      <SkuSearch label={t('skus.search')} value={place.q ?? ''} onSearch={(q) => onChange({ q })} />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('skus.filter.shop')}
        placeholder={t('skus.filter.shop')}
        value={place.connection ?? null}
        onChange={(connection: string | null) => onChange({ connection: connection ?? undefined })}
        options={useShops().map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      {place.orderNo ? (
        <FilterChip
          text={t('skus.filter.order', { no: place.orderNo })}
          onRemove={() => onChange({ orderNo: undefined })}
        />
      ) : null}
    </>
  )
}
