import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, InputNumber, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import {
  PARCELS,
  type TrackingRoute,
  type TrackingSettings,
  type TrackingThreshold,
} from '#/api/parcel-types.ts'
import { useCan } from '#/api/session.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { carrierOptions } from './carrier-name.ts'
import '#/styles/parcels.css'

const PATH = `${PARCELS}/settings`
const KEY = ['tracking-settings'] as const

/** Whose numbers are whose, who is asked first, and after which hours silence counts. */
export function SettingsTab() {
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => get<TrackingSettings>(PATH, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  return (
    <div className="hf-parcel-settings">
      <Routes settings={data} />
      <Aggregators settings={data} />
      <Thresholds settings={data} />
    </div>
  )
}

function useSave() {
  const { t } = useWording()
  const fail = useProblemToast()
  const client = useQueryClient()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: (change: Partial<Pick<TrackingSettings, 'routes' | 'aggregators' | 'thresholds'>>) =>
      write<TrackingSettings>('PUT', PATH, change),
    onError: fail,
    onSuccess: (saved) => {
      client.setQueryData(KEY, saved)
      void message.success(t('parcels.set.saved'))
    },
  })
}

/** Rows carry a key of their own: they have no id before they are saved, and may be alike. */
type Keyed<T> = T & { readonly key: number }
function keyed<T>(rows: readonly T[]): Keyed<T>[] {
  return rows.map((row, key) => ({ ...row, key }))
}
function nextKey(rows: readonly { readonly key: number }[]): number {
  return Math.max(-1, ...rows.map((row) => row.key)) + 1
}

function Routes({ settings }: { readonly settings: TrackingSettings }) {
  const { t, language } = useWording()
  const canWrite = useCan()('parcels:write')
  const [rows, setRows] = useState(() => keyed(settings.routes))
  const save = useSave()
  const set = (key: number, part: Partial<TrackingRoute>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  const pushers = settings.pushers
    .filter((one) => one.subscribes)
    .map((one) => ({ value: one.id, label: one.name }))
  return (
    <Section title={t('parcels.set.routes')}>
      <p className="hf-faint">{t('parcels.set.routesHint')}</p>
      <div className="hf-parcel-rows">
        {rows.map((row) => (
          <div key={row.key} className="hf-parcel-row">
            <Input
              style={{ width: 200 }}
              aria-label={t('parcels.set.pattern')}
              placeholder="SF#############"
              value={row.pattern}
              disabled={!canWrite}
              onChange={(event) => set(row.key, { pattern: event.target.value })}
            />
            <Select
              allowClear
              showSearch
              style={{ width: 150 }}
              aria-label={t('parcels.col.carrier')}
              placeholder={t('parcels.col.carrier')}
              value={row.carrier}
              disabled={!canWrite}
              onChange={(value: string | undefined) => set(row.key, { carrier: value ?? null })}
              options={carrierOptions(language)}
            />
            <Select
              allowClear
              style={{ width: 180 }}
              aria-label={t('parcels.set.connection')}
              placeholder={t('parcels.set.connection')}
              value={row.connection}
              disabled={!canWrite}
              onChange={(value: string | undefined) => set(row.key, { connection: value ?? null })}
              options={pushers}
            />
            <Input
              style={{ width: 200 }}
              aria-label={t('parcels.set.note')}
              placeholder={t('parcels.set.note')}
              value={row.note ?? ''}
              disabled={!canWrite}
              onChange={(event) => set(row.key, { note: event.target.value })}
            />
            {canWrite ? (
              <Button
                type="text"
                aria-label={t('parcels.set.remove')}
                icon={<DeleteOutlined />}
                onClick={() => setRows(rows.filter((one) => one.key !== row.key))}
              />
            ) : null}
          </div>
        ))}
        {canWrite ? (
          <div className="hf-parcel-row">
            <Button
              icon={<PlusOutlined />}
              onClick={() =>
                setRows([
                  ...rows,
                  { key: nextKey(rows), pattern: '', carrier: null, connection: null, note: '' },
                ])
              }
            >
              {t('parcels.set.addRoute')}
            </Button>
            <Button
              type="primary"
              loading={save.isPending}
              onClick={() => save.mutate({ routes: rows.map(({ key: _, ...row }) => row) })}
            >
              {t('parcels.set.save')}
            </Button>
          </div>
        ) : null}
        <TryNumber />
      </div>
    </Section>
  )
}

function TryNumber() {
  const { t } = useWording()
  const fail = useProblemToast()
  const found = useMutation({
    mutationFn: (number: string) =>
      write<{ position: number | null; carrier: string | null; connection: string | null }>(
        'POST',
        `${PATH}/try`,
        {
          number,
        },
      ),
    onError: fail,
  })
  return (
    <div className="hf-parcel-row">
      <Input.Search
        style={{ width: 260 }}
        aria-label={t('parcels.set.try')}
        placeholder={t('parcels.set.try')}
        onSearch={(value) => {
          if (value.trim() !== '') found.mutate(value.trim())
        }}
      />
      {found.data ? (
        <span className="hf-faint">
          {found.data.position === null
            ? t('parcels.set.tryNone')
            : `${t('parcels.set.tryHit', { n: found.data.position })} → ${[found.data.carrier, found.data.connection].filter(Boolean).join(' · ')}`}
        </span>
      ) : null}
    </div>
  )
}

function Aggregators({ settings }: { readonly settings: TrackingSettings }) {
  const { t } = useWording()
  const canWrite = useCan()('parcels:write')
  const save = useSave()
  return (
    <Section title={t('parcels.set.aggregators')}>
      <p className="hf-faint">{t('parcels.set.aggregatorsHint')}</p>
      <Select
        mode="multiple"
        style={{ minWidth: 360 }}
        aria-label={t('parcels.set.aggregators')}
        value={[...settings.aggregators]}
        disabled={!canWrite}
        loading={save.isPending}
        onChange={(aggregators: string[]) => save.mutate({ aggregators })}
        options={settings.pushers
          .filter((one) => one.subscribes)
          .map((one) => ({ value: one.id, label: one.name }))}
      />
    </Section>
  )
}

const HOURS = [
  ['firstScanHours', 'firstScan', 720],
  ['stalledHours', 'stalled', 1_440],
  ['customsHours', 'customs', 1_440],
] as const

function Thresholds({ settings }: { readonly settings: TrackingSettings }) {
  const { t, language } = useWording()
  const canWrite = useCan()('parcels:write')
  const warehouses = useQuery(warehousesQuery)
  const [rows, setRows] = useState(() => keyed(settings.thresholds))
  const save = useSave()
  const set = (key: number, part: Partial<TrackingThreshold>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  const all = { value: '*', label: t('parcels.set.all') }
  const { firstScanHours, stalledHours, customsHours } = settings.standard
  return (
    <Section title={t('parcels.set.thresholds')}>
      <p className="hf-faint">
        {t('parcels.set.thresholdsHint', { a: firstScanHours, b: stalledHours, c: customsHours })}
      </p>
      <div className="hf-parcel-rows">
        {rows.map((row) => (
          <div key={row.key} className="hf-parcel-row">
            <Select
              showSearch
              style={{ width: 150 }}
              aria-label={t('parcels.col.carrier')}
              value={row.carrier}
              disabled={!canWrite}
              onChange={(carrier: string) => set(row.key, { carrier })}
              options={[all, ...carrierOptions(language)]}
            />
            <Select
              style={{ width: 160 }}
              aria-label={t('parcels.col.warehouse')}
              value={row.warehouse}
              disabled={!canWrite}
              onChange={(warehouse: string) => set(row.key, { warehouse })}
              options={[all, ...(warehouses.data ?? []).map((one) => ({ value: one.code, label: one.name }))]}
            />
            {HOURS.map(([field, name, most]) => (
              <InputNumber
                key={field}
                style={{ width: 140 }}
                min={1}
                max={most}
                precision={0}
                addonBefore={t(`parcels.set.${name}`)}
                aria-label={t(`parcels.set.${name}`)}
                value={row[field]}
                disabled={!canWrite}
                onChange={(value) => set(row.key, { [field]: value })}
              />
            ))}
            {canWrite ? (
              <Button
                type="text"
                aria-label={t('parcels.set.remove')}
                icon={<DeleteOutlined />}
                onClick={() => setRows(rows.filter((one) => one.key !== row.key))}
              />
            ) : null}
          </div>
        ))}
        {canWrite ? (
          <div className="hf-parcel-row">
            <Button
              icon={<PlusOutlined />}
              onClick={() =>
                setRows([
                  ...rows,
                  {
                    key: nextKey(rows),
                    carrier: '*',
                    warehouse: '*',
                    firstScanHours: null,
                    stalledHours: null,
                    customsHours: null,
                  },
                ])
              }
            >
              {t('parcels.set.addThreshold')}
            </Button>
            <Button
              type="primary"
              loading={save.isPending}
              onClick={() => save.mutate({ thresholds: rows.map(({ key: _, ...row }) => row) })}
            >
              {t('parcels.set.save')}
            </Button>
          </div>
        ) : null}
      </div>
    </Section>
  )
}
