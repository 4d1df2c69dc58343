import { SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { AutoComplete, Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import { get } from '#/api/client.ts'
import type { MessageFilter } from '#/api/intake-types.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { DayRange } from '#/parts/day-range.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import type { MessageChange } from './messages-page.tsx'

const VERDICTS = ['accepted', 'duplicate', 'challenge', 'rejected'] as const
const STATES = ['pending', 'parked', 'interpreted'] as const

export function MessageFilters({
  filter,
  onChange,
}: {
  readonly filter: MessageFilter
  readonly onChange: (change: MessageChange) => void
}) {
  const { t, word } = useWording()
  const connections = useConnections()
  return (
    <div className="hf-filters-dense">
      <span data-list-search="" className="hf-search hf-search-narrow">
        <TextFilter
          label={t('messages.search')}
          value={filter.orderNo}
          onApply={(orderNo) => onChange({ orderNo })}
          search
        />
      </span>
      <span className="hf-search hf-search-short">
        <TopicFilter value={filter.topic} onApply={(topic) => onChange({ topic })} />
      </span>
      <Select
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        className="hf-filter"
        aria-label={t('messages.filter.connection')}
        placeholder={t('messages.filter.connection')}
        value={filter.connection ?? null}
        onChange={(connection: string | null) => onChange({ connection: connection ?? undefined })}
        options={connections.map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter hf-filter-narrow"
        aria-label={t('messages.filter.verdict')}
        placeholder={t('messages.filter.verdict')}
        value={filter.verdict ?? null}
        onChange={(verdict: string | null) => onChange({ verdict: verdict ?? undefined })}
        options={VERDICTS.map((value) => ({ value, label: word('verdict', value) }))}
      />
      <Select
        allowClear
        className="hf-filter hf-filter-narrow"
        aria-label={t('messages.filter.state')}
        placeholder={t('messages.filter.state')}
        value={filter.state ?? null}
        onChange={(state: string | null) => onChange({ state: state ?? undefined, parkCode: undefined })}
        options={STATES.map((value) => ({ value, label: word('messageState', value) }))}
      />
      <DayRange
        label={t('messages.filter.dates')}
        from={filter.from}
        to={filter.to}
        onChange={(from, to) => onChange({ from, to })}
      />
      {filter.parkCode ? (
        <FilterChip
          text={t('messages.filter.parkCode', { code: filter.parkCode })}
          onRemove={() => onChange({ parkCode: undefined })}
        />
      ) : null}
    </div>
  )
}

/** The topics of the last days to choose from; one that is older can be typed. */
function TopicFilter({
  value = '',
  onApply,
}: {
  readonly value: string | undefined
  readonly onApply: (value: string | undefined) => void
}) {
  const { t } = useWording()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const { data } = useQuery({
    queryKey: ['message-topics'],
    queryFn: ({ signal }) => get<{ items: readonly string[] }>('/api/messages/topics', {}, signal),
    staleTime: 60_000,
  })
  const apply = (chosen: string) => {
    const next = chosen.trim()
    if (next !== value) onApply(next === '' ? undefined : next)
  }
  const wanted = text.trim().toLowerCase()
  return (
    <AutoComplete
      allowClear
      aria-label={t('messages.topicSearch')}
      placeholder={t('messages.topicSearch')}
      value={text}
      popupMatchSelectWidth={false}
      options={(data?.items ?? [])
        .filter((topic) => topic.toLowerCase().includes(wanted))
        .map((topic) => ({ value: topic }))}
      onChange={(next: string | undefined) => setText(next ?? '')}
      onSelect={(next) => apply(next ?? '')}
      onClear={() => onApply(undefined)}
      onBlur={() => apply(text)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply(text)
      }}
    />
  )
}

/** Applied with Enter or when left, so that half a number is not searched for. */
function TextFilter({
  label,
  value = '',
  onApply,
  search = false,
}: {
  readonly label: string
  readonly value: string | undefined
  readonly onApply: (value: string | undefined) => void
  readonly search?: boolean
}) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const apply = () => {
    const next = text.trim()
    if (next !== value) onApply(next === '' ? undefined : next)
  }
  return (
    <Input
      allowClear
      aria-label={label}
      placeholder={label}
      value={text}
      {...(search ? { prefix: <SearchOutlined aria-hidden="true" />, title: '/' } : {})}
      onChange={(event) => {
        setText(event.target.value)
        if (event.target.value === '') onApply(undefined)
      }}
      onBlur={apply}
      onPressEnter={(event) => event.currentTarget.blur()}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}
