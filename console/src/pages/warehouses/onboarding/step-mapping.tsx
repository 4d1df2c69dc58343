import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Segmented, Select, Tooltip } from 'antd'
import { useEffect, useState } from 'react'
import { get, write } from '#/api/client.ts'
import {
  type FeedMapping,
  type FeedSetup,
  type FeedTable,
  type FeedWarehouse,
  feedQuery,
  MAPPED_FIELDS,
  type MappedField,
  type MappedPreview,
  type SampleRow,
  type Suggestion,
} from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { ZoneInput } from '#/parts/zone-input.tsx'
import { FileSample, PushExample } from './given-rows.tsx'
import { HomesTable } from './homes-table.tsx'
import { RowsTable } from './rows-table.tsx'

type Props = { readonly feed: FeedSetup; readonly onBack: () => void; readonly onNext: () => void }

/** Which table, which column is what, and real rows read that way; nothing is kept before "save". */
export function MappingStep({ feed, onBack, onNext }: Props) {
  const client = useQueryClient()
  const fail = useProblemToast()
  const { t } = useWording()
  const [mapping, setMapping] = useState<FeedMapping>(feed.mapping)
  const [homes, setHomes] = useState<readonly FeedWarehouse[]>(feed.warehouses)
  const [rows, setRows] = useState<readonly SampleRow[] | null>(null)
  const [suggestion, setSuggestion] = useState<Suggestion | null>(null)
  const suggest = useMutation({
    mutationFn: (wish: { table?: string; rows?: readonly SampleRow[] }) =>
      write<Suggestion>('POST', `/api/capture/setup/${feed.id}/suggest`, wish),
    onError: fail,
    onSuccess: (found, wish) => {
      setSuggestion(found)
      // What was saved for this table stays as it is; only a table chosen anew takes the proposal.
      const isKept = wish.table === feed.mapping.table && feed.mapping.sku !== '' && wish.rows === undefined
      if (!isKept) setMapping({ ...found.mapping, zone: mapping.zone })
    },
  })
  const ready = isWhole(mapping, feed)
  const preview = usePreview(feed, mapping, homes, rows, ready)
  useProposedHomes(preview.data, homes, setHomes)
  const save = useMutation({
    mutationFn: () =>
      write<FeedSetup>('PATCH', `/api/capture/setup/${feed.id}`, {
        mapping,
        warehouses: homes.filter((one) => one.warehouse !== ''),
      }),
    onError: fail,
    onSuccess: (saved) => {
      client.setQueryData(feedQuery(feed.id).queryKey, saved)
      onNext()
    },
  })
  const columns = suggestion?.table.columns ?? []
  const kept = homes.filter((one) => one.warehouse !== '')
  const hasHomes = mapping.warehouse === null ? kept.length === 1 : kept.length > 0
  return (
    <>
      {feed.sourceKind === 'connection' ? (
        <TableChoice
          feed={feed}
          table={mapping.table}
          onChoose={(table) => {
            setHomes(table === feed.mapping.table ? feed.warehouses : [])
            suggest.mutate({ table })
          }}
        />
      ) : null}
      {feed.sourceKind === 'file' ? (
        <FileSample
          isBusy={suggest.isPending}
          onRows={(given) => {
            setRows(given)
            suggest.mutate({ rows: given })
          }}
        />
      ) : null}
      {feed.sourceKind === 'push' ? <PushExample onRows={setRows} /> : null}
      {suggest.error ? <ProblemNotice error={suggest.error} /> : null}
      <div className="hf-wiz-two hf-wiz-map">
        <div>
          {columns.length > 0 && feed.sourceKind !== 'push' ? (
            <Fields mapping={mapping} suggestion={suggestion} columns={columns} onChange={setMapping} />
          ) : null}
        </div>
        {ready ? (
          <HomesTable
            mapping={mapping}
            homes={homes}
            found={preview.data?.warehouses ?? []}
            onChange={setHomes}
          />
        ) : null}
      </div>
      {preview.error ? <ProblemNotice error={preview.error} /> : null}
      {preview.data && ready ? <RowsTable preview={preview.data} mapping={mapping} /> : null}
      <div className="hf-wiz-foot">
        <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
        <Button
          type="primary"
          disabled={!ready || !hasHomes}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('warehouses.wiz.saveNext')}
        </Button>
        {ready && !hasHomes ? <span className="hf-text-wait">{t('warehouses.s4.needHome')}</span> : null}
      </div>
    </>
  )
}

function isWhole(mapping: FeedMapping, feed: FeedSetup): boolean {
  const named =
    mapping.sku !== '' && mapping.quantity !== '' && (mapping.mode === 'levels' || mapping.id !== null)
  return named && (feed.sourceKind !== 'connection' || mapping.table !== '')
}

function usePreview(
  feed: FeedSetup,
  mapping: FeedMapping,
  homes: readonly FeedWarehouse[],
  rows: readonly SampleRow[] | null,
  ready: boolean,
) {
  const warehouses = homes.filter((one) => one.warehouse !== '')
  return useQuery({
    queryKey: ['capture-preview', feed.id, mapping, warehouses, rows],
    queryFn: () =>
      write<MappedPreview>('POST', `/api/capture/setup/${feed.id}/preview`, {
        mapping,
        warehouses,
        ...(rows ? { rows } : {}),
      }),
    enabled: ready && (feed.sourceKind === 'connection' || rows !== null),
    placeholderData: (before) => before,
    staleTime: 30_000,
    retry: false,
  })
}

/** Codes that the rows hold and that look like a warehouse of the hub are taken over, for a person to see and change. */
function useProposedHomes(
  preview: MappedPreview | undefined,
  homes: readonly FeedWarehouse[],
  setHomes: (homes: readonly FeedWarehouse[]) => void,
): void {
  useEffect(() => {
    if (!preview) return
    const known = new Set(homes.map((one) => one.sourceCode))
    const fresh = preview.warehouses.filter((one) => !known.has(one.sourceCode))
    if (fresh.length > 0)
      setHomes([
        ...homes,
        ...fresh.map((one) => ({ sourceCode: one.sourceCode, warehouse: one.warehouse ?? '' })),
      ])
  }, [preview, homes, setHomes])
}

function TableChoice({
  feed,
  table,
  onChoose,
}: {
  readonly feed: FeedSetup
  readonly table: string
  readonly onChoose: (table: string) => void
}) {
  const { t, count } = useWording()
  const tables = useQuery({
    queryKey: ['capture-tables', feed.id],
    queryFn: ({ signal }) =>
      get<{ items: readonly FeedTable[] }>(`/api/capture/setup/${feed.id}/tables`, {}, signal),
    staleTime: 60_000,
    retry: false,
  })
  const items = tables.data?.items ?? []
  const [asked, setAsked] = useState(false)
  // The saved table, else the one that is most likely meant, is looked at without a click.
  const first = feed.mapping.table || (items[0] && items[0].likeness >= 50 ? items[0].name : '')
  useEffect(() => {
    if (asked || first === '') return
    setAsked(true)
    onChoose(first)
  }, [asked, first, onChoose])
  if (tables.error) return <ProblemNotice error={tables.error} onRetry={() => void tables.refetch()} />
  return (
    <div className="hf-wiz-field">
      <span>
        {t('warehouses.s4.table')} <span className="hf-faint">{t('warehouses.s4.tableHint')}</span>
      </span>
      <Select
        showSearch
        loading={tables.isPending}
        value={table || null}
        onChange={(name: string | null) => onChoose(name ?? '')}
        aria-label={t('warehouses.s4.table')}
        options={items.map((one) => ({ value: one.name, label: one.name, one }))}
        optionRender={({ data }) => (
          <span className="hf-wiz-option">
            <span>{data.one.name}</span>
            <span className="hf-faint">{data.one.rows === null ? '' : count(data.one.rows)}</span>
            {data.one.likeness >= 50 ? <Tag tone="good">{t('warehouses.s4.likely')}</Tag> : null}
          </span>
        )}
      />
    </div>
  )
}

const FIELDS: Readonly<Record<FeedMapping['mode'], readonly MappedField[]>> = {
  levels: ['sku', 'quantity', 'warehouse', 'version', 'reference'],
  movements: ['sku', 'quantity', 'id', 'warehouse', 'reference'],
}
const NEEDED: readonly MappedField[] = ['sku', 'quantity', 'id']

function Fields({
  mapping,
  suggestion,
  columns,
  onChange,
}: {
  readonly mapping: FeedMapping
  readonly suggestion: Suggestion | null
  readonly columns: readonly { readonly name: string; readonly type: string; readonly key: boolean }[]
  readonly onChange: (mapping: FeedMapping) => void
}) {
  const { t } = useWording()
  const set = (field: MappedField, column: string | null) =>
    onChange({ ...mapping, [field]: field === 'sku' || field === 'quantity' ? (column ?? '') : column })
  return (
    <div className="hf-wiz-fields">
      <div className="hf-wiz-line">
        <span>{t('warehouses.s4.mode')}</span>
        <Segmented<FeedMapping['mode']>
          value={mapping.mode}
          onChange={(mode) => onChange({ ...mapping, mode })}
          options={(['levels', 'movements'] as const).map((value) => ({
            value,
            label: t(`warehouses.s4.mode.${value}`),
          }))}
        />
        <span />
      </div>
      {MAPPED_FIELDS.filter((field) => FIELDS[mapping.mode].includes(field)).map((field) => (
        <div key={field} className="hf-wiz-line">
          <span title={hintOf(field) ? t(hintOf(field) ?? 'warehouses.mapped.versionHint') : ''}>
            {t(`warehouses.mapped.${field}`)}
          </span>
          <Select
            showSearch
            allowClear={!NEEDED.includes(field)}
            aria-label={t(`warehouses.mapped.${field}`)}
            placeholder={t(NEEDED.includes(field) ? 'warehouses.s4.open' : 'warehouses.s4.none')}
            value={mapping[field] || undefined}
            onChange={(column: string | undefined) => set(field, column ?? null)}
            options={columns.map((one) => ({ value: one.name, label: `${one.name}  ${one.type}` }))}
          />
          <Confidence field={field} column={mapping[field]} suggestion={suggestion} />
        </div>
      ))}
      <div className="hf-wiz-line">
        <span>{t('warehouses.s4.zone')}</span>
        <ZoneInput
          label={t('warehouses.s4.zone')}
          placeholder="Asia/Shanghai"
          value={mapping.zone}
          onChange={(zone) => onChange({ ...mapping, zone })}
        />
        <span />
      </div>
    </div>
  )
}

function hintOf(field: MappedField) {
  return field === 'version'
    ? ('warehouses.mapped.versionHint' as const)
    : field === 'warehouse'
      ? ('warehouses.mapped.warehouseHint' as const)
      : null
}

/** How sure the hub is of a proposal, with its reasons; nothing where a person chose otherwise. */
function Confidence({
  field,
  column,
  suggestion,
}: {
  readonly field: MappedField
  readonly column: string | null
  readonly suggestion: Suggestion | null
}) {
  const { t, pick } = useWording()
  const guess = suggestion?.guesses.find((one) => one.field === field && one.column === column)
  if (!guess) return <span />
  const reasons = guess.reasons.map(pick).join('；')
  return (
    <Tooltip title={reasons}>
      <span className="hf-wiz-sure" role="note" aria-label={reasons}>
        <Tag tone={guess.confidence >= 70 ? 'good' : 'wait'}>
          {t('warehouses.s4.confidence', { n: Math.round(guess.confidence) })}
        </Tag>
      </span>
    </Tooltip>
  )
}
