import { ExperimentOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { get } from '#/api/client.ts'
import type { DrillScenarios } from '#/api/drill-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'

/** The way to the drill that trains on this alarm; nothing where there is none. */
export function PractiseLink({ rule }: { readonly rule: string }) {
  const { t } = useWording()
  const may = useCan()('drills:run')
  const navigate = useNavigate()
  const { data } = useQuery({
    queryKey: ['drills', 'scenarios', rule],
    queryFn: ({ signal }) => get<DrillScenarios>('/api/drills/scenarios', { rule }, signal),
    enabled: may,
    staleTime: 60_000,
  })
  if (!data || data.items.length === 0 || data.atOnce === 0) return null
  return (
    <Button
      size="small"
      icon={<ExperimentOutlined />}
      title={t('drills.practiseHint')}
      onClick={() => void navigate({ to: '/drills', search: { rule } })}
    >
      {t('drills.practise')}
    </Button>
  )
}
