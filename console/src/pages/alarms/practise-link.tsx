import { DownOutlined, ExperimentOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Dropdown } from 'antd'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { isDrillSandbox } from '#/lib/time.ts'
import { easiestFirst, scenariosQuery } from '#/pages/drills/queries.ts'

/** The way to the drills that train on this alarm, with one chosen; nothing where there is none, and nothing within a drill. */
export function PractiseLink({ rule }: { readonly rule: string }) {
  const { t, pick } = useWording()
  const may = useCan()('drills:run')
  const navigate = useNavigate()
  const { data } = useQuery({ ...scenariosQuery(rule), enabled: may && !isDrillSandbox() })
  if (!data || data.atOnce === 0) return null
  const scenarios = easiestFirst(data.items)
  const [first] = scenarios
  if (first === undefined) return null
  const practise = (start: string) => void navigate({ to: '/drills', search: { rule, start } })
  if (scenarios.length === 1)
    return (
      <Button
        size="small"
        icon={<ExperimentOutlined aria-hidden="true" />}
        title={t('drills.practiseHint')}
        onClick={() => practise(first.id)}
      >
        {t('drills.practise')}
      </Button>
    )
  const items = scenarios.map(({ id, title }) => ({ key: id, label: pick(title) }))
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => practise(key) }}>
      <Button size="small" icon={<ExperimentOutlined aria-hidden="true" />} title={t('drills.practiseHint')}>
        {t('drills.practiseMany', { n: scenarios.length })} <DownOutlined aria-hidden="true" />
      </Button>
    </Dropdown>
  )
}
