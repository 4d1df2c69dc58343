import { Tooltip } from 'antd'
import { useEffect, useState } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { Tag } from './tag.tsx'
import { FullTime } from './time-text.tsx'

/** The present, renewed often enough for the finest unit that `until` needs: seconds in the last ten minutes, else half minutes. */
function useNow(until: number): number {
  const [now, setNow] = useState(nowMs)
  const soon = until - now < 600_000 && until - now > -60_000
  useEffect(() => {
    const timer = window.setInterval(() => setNow(nowMs()), soon ? 1_000 : 30_000)
    return () => window.clearInterval(timer)
  }, [soon])
  return now
}

/** Time left until a deadline, by tone: quiet, past its warning, past its end. The full time on hover. */
export function Countdown({ dueAt, warnAt }: { readonly dueAt: string; readonly warnAt: string | null }) {
  const { t, duration } = useWording()
  const due = epochMs(dueAt)
  const now = useNow(due)
  const left = (due - now) / 1_000
  const warned = warnAt !== null && epochMs(warnAt) <= now
  const text =
    left <= 0 ? t('promises.late', { t: duration(left) }) : t('promises.left', { t: duration(left) })
  return (
    <Tooltip title={<FullTime at={dueAt} />}>
      <span className="hf-num">
        {left <= 0 ? <Tag tone="bad">{text}</Tag> : warned ? <Tag tone="wait">{text}</Tag> : text}
      </span>
    </Tooltip>
  )
}
