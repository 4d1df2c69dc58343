import { useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import type { LabelTemplate, PrintDevice } from '#/api/label-types.ts'
import type { Tone } from '#/theme/palette.ts'

export function useDevices(): readonly PrintDevice[] {
  return (
    useQuery({
      queryKey: ['print-devices'],
      queryFn: ({ signal }) => get<{ items: PrintDevice[] }>('/api/print/devices', {}, signal),
      refetchInterval: 10_000,
    }).data?.items ?? []
  )
}

export function useTemplates(): readonly LabelTemplate[] {
  return (
    useQuery({
      queryKey: ['label-templates'],
      queryFn: ({ signal }) => get<{ items: LabelTemplate[] }>('/api/labels/templates', {}, signal),
    }).data?.items ?? []
  )
}

export const STATE_TONE: Readonly<Record<string, Tone>> = {
  waiting: 'neutral',
  rendering: 'move',
  ready: 'good',
  failed: 'bad',
  dropped: 'muted',
  queued: 'neutral',
  handed_out: 'move',
  printed: 'good',
  stuck: 'bad',
}

export const FONT_TONE: Readonly<Record<string, Tone>> = {
  embedded_subset: 'good',
  embedded: 'neutral',
  missing: 'bad',
  unknown: 'wait',
  good: 'good',
  doubtful: 'wait',
  bad: 'bad',
}
