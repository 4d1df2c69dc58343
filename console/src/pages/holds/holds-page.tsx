import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function HoldsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('holds.title')} lead={t('holds.lead')} />
    </div>
  )
}
