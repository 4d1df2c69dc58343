import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function RuleSetPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('rules.title')} />
    </div>
  )
}
