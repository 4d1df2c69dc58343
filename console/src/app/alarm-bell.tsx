import { BellOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Badge, Button } from 'antd'
import { alarmSummaryQuery } from '#/api/alarms.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'

/** How much is wrong, on every page: red while something is critical. */
export function AlarmBell() {
  const { t } = useWording()
  const can = useCan()
  const navigate = useNavigate()
  const allowed = can('alarms:read')
  const { data } = useQuery({ ...alarmSummaryQuery, enabled: allowed })
  if (!allowed) return null
  const { critical = 0, warning = 0 } = data?.open ?? {}
  const words = critical + warning === 0 ? t('bell.calm') : t('bell.label', { critical, warning })
  return (
    <Badge
      size="small"
      offset={[-4, 6]}
      count={critical + warning}
      overflowCount={99}
      color={critical > 0 ? 'var(--hf-bad-text)' : 'var(--hf-wait-text)'}
    >
      <Button
        type="text"
        className="hf-tool"
        icon={<BellOutlined />}
        aria-label={words}
        title={words}
        onClick={() => void navigate({ to: '/alarms', search: {} })}
      />
    </Badge>
  )
}
