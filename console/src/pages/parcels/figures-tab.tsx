import { useQuery } from '@tanstack/react-query'
import { Segmented, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { PARCELS, type ParcelFigure, type ParcelFigures } from '#/api/parcel-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { carrierName } from './carrier-name.ts'
import '#/styles/parcels.css'

const DAYS = [1, 7, 30, 90] as const

/** How carriers do, by warehouse, and whether their pushes are complete. */
export function FiguresTab() {
  const { t } = useWording()
  const [days, setDays] = useState<number>(7)
  const { data, error, refetch } = useQuery({
    queryKey: ['parcel-figures', days],
    queryFn: ({ signal }) => get<ParcelFigures>(`${PARCELS}/figures`, { days }, signal),
    refetchInterval: 15_000,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  return (
    <div className="hf-parcel-figures">
      <Section
        title={t('parcels.fig.by')}
        extra={
          <Segmented<number>
            value={days}
            onChange={setDays}
            options={DAYS.map((value) => ({ value, label: t('parcels.fig.days', { n: value }) }))}
          />
        }
      >
        {data.items.length === 0 ? (
          <p className="hf-faint">{t('parcels.fig.none')}</p>
        ) : (
          <Carriers figures={data} />
        )}
      </Section>
      <Section title={t('parcels.fig.complete')}>
        <p className="hf-faint">
          {t('parcels.fig.completeHint', { h: data.completenessHours, p: data.completenessLeast })}
        </p>
        {data.completeness.length === 0 ? null : <Completeness figures={data} />}
      </Section>
    </div>
  )
}

function Carriers({ figures }: { readonly figures: ParcelFigures }) {
  const { t, language } = useWording()
  const pair = (a: number | null, b: number | null) => (a === null ? '–' : `${a} / ${b ?? '–'}`)
  const share = (row: ParcelFigure) =>
    row.parcels === 0 ? '–' : `${Math.floor((row.delivered * 1_000) / row.parcels) / 10}%`
  const columns = [
    'parcels',
    'scanned',
    'firstScan',
    'delivered',
    'transit',
    'silent',
    'troubled',
    'ambiguous',
  ] as const
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th>{t('parcels.col.carrier')}</th>
          <th>{t('parcels.col.warehouse')}</th>
          {columns.map((name) => (
            <th key={name} className="hf-right">
              {t(`parcels.fig.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {figures.items.map((row) => (
          <tr key={`${row.carrier} ${row.warehouse}`}>
            <td>{carrierName(row.carrier, language) ?? t('parcels.unknownCarrier')}</td>
            <td>{row.warehouse === null ? '–' : (figures.warehouses[row.warehouse] ?? row.warehouse)}</td>
            <td className="hf-num hf-right">{row.parcels}</td>
            <td className="hf-num hf-right">{row.scanned}</td>
            <td className="hf-num hf-right">{pair(row.firstScanHours, row.firstScanHoursP90)}</td>
            <td className="hf-num hf-right">{share(row)}</td>
            <td className="hf-num hf-right">{pair(row.transitDays, row.transitDaysP90)}</td>
            <td className={`hf-num hf-right ${row.silent > 0 ? 'hf-text-wait' : ''}`}>{row.silent}</td>
            <td className={`hf-num hf-right ${row.troubled > 0 ? 'hf-text-bad' : ''}`}>{row.troubled}</td>
            <td className="hf-num hf-right">{row.ambiguous}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Completeness({ figures }: { readonly figures: ParcelFigures }) {
  const { t, language } = useWording()
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th>{t('parcels.col.carrier')}</th>
          <th className="hf-right">{t('parcels.fig.heard')}</th>
          <th className="hf-right">{t('parcels.fig.missed')}</th>
          <th className="hf-right">{t('parcels.fig.percent')}</th>
        </tr>
      </thead>
      <tbody>
        {figures.completeness.map((row) => (
          <tr key={row.carrier}>
            <td>{carrierName(row.carrier, language) ?? t('parcels.unknownCarrier')}</td>
            <td className="hf-num hf-right">{row.heard}</td>
            <td className="hf-num hf-right">{row.missed}</td>
            <td
              className={`hf-num hf-right ${row.percent < figures.completenessLeast ? 'hf-text-bad' : 'hf-text-good'}`}
            >
              {row.percent}%
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
