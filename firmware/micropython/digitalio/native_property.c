/* Properties of types written in C, as CircuitPython has them.

   There the loading and storing of attributes (py/runtime.c) knows them: it looks the name up in the type's locals_dict, sees that what is
   there is a property, and calls its getter or setter as any Python function is called. MicroPython leaves all that to the type's `attr`
   slot, so it is done here: the same steps, in the same order.
   SPDX-License-Identifier: MIT-0 */
#include "digitalio/native_property.h"

#include "py/runtime.h"

MP_DEFINE_CONST_OBJ_TYPE(native_property_type, MP_QSTR_property, MP_TYPE_FLAG_NONE);

static void load(mp_obj_t self_in, const mp_obj_type_t *type, mp_obj_t member, mp_obj_t *dest)
{
    if (!mp_obj_is_type(member, &native_property_type)) {
        mp_convert_member_lookup(self_in, type, member, dest);
        return;
    }
    const native_property_t *property = MP_OBJ_TO_PTR(member);
    dest[0] = mp_call_function_n_kw(property->proxy[0], 1, 0, &self_in);
}

static void store(mp_obj_t self_in, mp_obj_t member, mp_obj_t *dest)
{
    if (!mp_obj_is_type(member, &native_property_type))
        return;
    const native_property_t *property = MP_OBJ_TO_PTR(member);
    if (dest[1] == MP_OBJ_NULL || property->proxy[1] == mp_const_none)
        return; /* cannot be deleted; has no setter */
    mp_obj_t args[2] = {self_in, dest[1]};
    mp_call_function_n_kw(property->proxy[1], 2, 0, args);
    dest[0] = MP_OBJ_NULL; /* done */
}

void native_property_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest)
{
    const mp_obj_type_t *type = mp_obj_get_type(self_in);
    mp_map_t *locals = &MP_OBJ_TYPE_GET_SLOT(type, locals_dict)->map;
    mp_map_elem_t *found = mp_map_lookup(locals, MP_OBJ_NEW_QSTR(attr), MP_MAP_LOOKUP);
    if (found == NULL)
        return;
    if (dest[0] == MP_OBJ_NULL)
        load(self_in, type, found->value, dest);
    else
        store(self_in, found->value, dest);
}
