import { HeatmapChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type EChartsType, format, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { LockCell, LockHeat } from '#/api/transfer-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { dateTime, shortDay } from '#/lib/time.ts'
import { PALETTES } from '#/theme/palette.ts'
import { useTheme } from '#/theme/theme.tsx'
import { LEVELS, levelOf, rateText } from './rates.ts'

use([HeatmapChart, GridComponent, TooltipComponent, VisualMapComponent, AriaComponent, CanvasRenderer])

const ROW_PX = 30
const AROUND_PX = 92
const COLOURS = {
  light: ['#3fa46c', '#a9c65a', '#e9bf4a', '#e08440', '#cc3f38'],
  dark: ['#2e8557', '#7d8f2c', '#b58a26', '#b8652c', '#c4473f'],
} as const

/** The heat map: a row per warehouse, a column per hour (or few); a click picks a cell. */
export default function HeatChart({
  heat,
  picked,
  onPick,
}: {
  readonly heat: LockHeat
  readonly picked: { readonly warehouse: string; readonly step: number } | null
  readonly onPick: (cell: LockCell) => void
}) {
  const wording = useWording()
  const { scheme } = useTheme()
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | null>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  useEffect(() => {
    if (box.current === null) return
    const made = init(box.current, null, { renderer: 'canvas' })
    chart.current = made
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [])
  useEffect(() => {
    const made = chart.current
    if (made === null) return
    made.setOption(optionOf(heat, picked, scheme, wording), { notMerge: true })
    made.resize()
    made.off('click')
    made.on('click', (event) => {
      const cell = heat.cells[(event.value as number[])[3] ?? -1]
      if (cell !== undefined) pick.current(cell)
    })
  }, [heat, picked, scheme, wording])
  return (
    <div
      ref={box}
      className="hf-heat"
      role="img"
      aria-label={wording.t('lockHealth.map')}
      style={{ height: heat.warehouses.length * ROW_PX + AROUND_PX }}
    />
  )
}

function optionOf(
  heat: LockHeat,
  picked: { readonly warehouse: string; readonly step: number } | null,
  scheme: 'light' | 'dark',
  { t, language }: Wording,
) {
  const p = PALETTES[scheme]
  const rows = [...heat.warehouses].reverse()
  const rowOf = new Map(rows.map((row, i) => [row.code, i]))
  const names = new Map(rows.map((row) => [row.code, row.code === '-' ? t('lockHealth.nowhere') : row.name]))
  const label = { color: p.textSoft, fontSize: 12 }
  const hours = heat.steps.length <= 24
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    grid: {
      left: 8,
      right: 12,
      top: 6,
      bottom: 48,
      containLabel: true,
      show: true,
      backgroundColor: p.sunken,
      borderWidth: 0,
    },
    tooltip: {
      backgroundColor: p.raised,
      borderColor: p.line,
      padding: [6, 10],
      textStyle: { color: p.text, fontSize: 12 },
      confine: true,
      formatter: (point: { value: readonly number[] }) => {
        const cell = heat.cells[point.value[3] ?? -1]
        return cell === undefined ? '' : tipOf(cell, heat, names.get(cell.warehouse) ?? '', t)
      },
    },
    xAxis: {
      type: 'category' as const,
      data: heat.steps.map((at) => (hours ? hourText(at) : shortDay(at).slice(5))),
      axisLabel: { ...label, hideOverlap: true },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: p.line } },
    },
    yAxis: {
      type: 'category' as const,
      data: rows.map((row) => names.get(row.code) ?? row.code),
      axisLabel: { ...label, width: 150, overflow: 'truncate' as const },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    visualMap: {
      type: 'piecewise' as const,
      dimension: 2,
      orient: 'horizontal' as const,
      left: 'center',
      bottom: 0,
      itemWidth: 14,
      itemHeight: 12,
      itemGap: 14,
      textStyle: label,
      pieces: LEVELS.map((_, i) => ({
        value: i,
        label: t(`lockHealth.level.${i}` as 'lockHealth.level.0'),
        color: COLOURS[scheme][i],
      })),
    },
    series: [
      {
        type: 'heatmap' as const,
        name: language,
        progressive: 0,
        itemStyle: { borderColor: p.surface, borderWidth: heat.steps.length > 60 ? 0.5 : 2, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: p.focus, borderWidth: 2 } },
        data: heat.cells.flatMap((cell, i) => {
          if (cell.rate === null) return []
          const isPicked = picked?.warehouse === cell.warehouse && picked.step === cell.step
          return [
            {
              value: [cell.step, rowOf.get(cell.warehouse) ?? 0, levelOf(cell.rate), i],
              ...(isPicked ? { itemStyle: { borderColor: p.text, borderWidth: 2 } } : {}),
            },
          ]
        }),
      },
    ],
  }
}

/** `14:00`, in the hub's zone. */
function hourText(at: string): string {
  return dateTime(at).slice(11, 16)
}

function tipOf(cell: LockCell, heat: LockHeat, name: string, t: Wording['t']): string {
  const at = heat.steps[cell.step] ?? ''
  return [
    `<b>${format.encodeHTML(name)}</b> ${shortDay(at).slice(5)}`,
    `<b>${rateText(cell.rate)}</b> · ${t('lockHealth.col.technical')} ${rateText(cell.technicalRate)}`,
    `${t('lockHealth.col.asked')} ${cell.asked} · ${t('lockHealth.col.refused')} ${cell.refused} · ${t('lockHealth.col.timedOut')} ${cell.timedOut}`,
    `${t('lockHealth.slowest')} ${t('lockHealth.ms', { n: cell.tookMsMost })}`,
  ].join('<br>')
}
