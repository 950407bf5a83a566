import t from 'tap'
import { testContract } from './contract.ts'

testContract(t)
