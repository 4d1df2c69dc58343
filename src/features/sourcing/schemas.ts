import { Type } from 'typebox'

export const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
